"""Atelier's core: typed tasks, engines, models, jobs and the library. It imports neither Gradio nor torch."""

import sys

__version__ = "0.1.0"

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts us with an older one should read a sentence, not a traceback
    major, minor = sys.version_info[:2]
    sys.exit(f"Atelier needs Python 3.11, and this is {major}.{minor}; install it, then: make clean setup")
