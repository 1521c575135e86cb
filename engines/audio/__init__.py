"""Parts that work on sound: float32 samples in memory and in streams; filters, dynamics, loudness, mastering, files, time and pitch."""
