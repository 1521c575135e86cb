"""Atelier's core: typed tasks, engines, models, jobs and the library. It imports neither Gradio nor torch."""

__version__ = "0.1.0"
