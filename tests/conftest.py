"""Compiled code of all tests, and of the processes that they start, lies in one folder of the checkout."""

import os

from studio.paths import ROOT

os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".kernels"))
