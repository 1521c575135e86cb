"""What differs between a laptop, a Docker image, HuggingFace Spaces and ModelScope when the web app starts.

``studio.settings`` finds out which home it is; nothing else in the studio asks.
"""
