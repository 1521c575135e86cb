"""Makes a home ready before Gradio is imported: folders, environment, the platform's own package first."""

import gc
import importlib
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from studio.errors import Unavailable
from studio.homes.stubs import leave_out_stubs
from studio.settings import Home, Settings

log = logging.getLogger(__name__)

GRADIO = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_ALLOWED_PATHS": "",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def make_ready(settings: Settings) -> Settings:
    """Prepare this process, once, at its start. Returns the settings with a data folder that can be written.

    A hosted home without a volume falls back to the user's folder, which is lost at a restart. Anywhere else a data
    folder that can't be written raises Unavailable.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    leave_out_stubs()
    if settings.home is Home.ZEROGPU:
        importlib.import_module("spaces")
    settings = _with_folder(settings)
    uploads = page_uploads(settings)
    shutil.rmtree(uploads, ignore_errors=True)
    uploads.mkdir(parents=True, exist_ok=True)
    os.environ.update(GRADIO, GRADIO_TEMP_DIR=str(uploads))
    _leave_for_empty_folder(settings)
    return settings


@contextmanager
def collection_paused() -> Iterator[None]:
    """For imports, which leave no garbage: they take about a sixth less time. What they leave is never looked through again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def page_uploads(settings: Settings) -> Path:
    """Where Gradio keeps what browsers upload, until the library takes it."""
    return settings.data_dir / "tmp" / "page"


def _with_folder(settings: Settings) -> Settings:
    try:
        _probe(settings.data_dir)
    except OSError as problem:
        if not settings.home.hosted:
            raise Unavailable("home.folder", folder=str(settings.data_dir), reason=problem.strerror or "") from problem
        other = user_data_path("atelier", appauthor=False)
        log.warning("%s can't be written; files go to %s and are lost at a restart", settings.data_dir, other)
        _probe(other)
        return settings.model_copy(update={"data_dir": other})
    return settings


def _probe(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".probe-{os.getpid()}"
    probe.touch()
    probe.unlink()


def _leave_for_empty_folder(settings: Settings) -> None:
    """Gradio may serve files of the working directory, so there shall be none."""
    empty = settings.data_dir / "tmp" / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    os.chdir(empty)
