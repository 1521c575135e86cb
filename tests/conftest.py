"""Compiled code of all tests, and of the processes that they start, lies in one folder of the checkout."""

import os
from typing import Any

import pytest

from studio.paths import ROOT

os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".kernels"))


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Tiny diffusion models, made once for all tests that draw with them."""
    from tests.diffusion.conftest import Zoo

    return Zoo(tmp_path_factory.mktemp("zoo"))
