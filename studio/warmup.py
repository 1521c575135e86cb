"""What engines have to make ready once on a machine, made ready in a process of its own while nobody waits for it.

Compiling takes many seconds during which a process answers nobody, so it is done in another one, at the lowest priority;
what it compiles lies in a folder from which this process then loads it. ``python -m studio warm`` does it by hand.
"""

import contextlib
import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.engine import PACKAGE, Found, discover
from studio.paths import ROOT
from studio.settings import Settings
from studio.tasks import tasks

if TYPE_CHECKING:
    from studio.run import Run

log = logging.getLogger(__name__)

FOLDER = "NUMBA_CACHE_DIR"
SOON_S = 15.0
LOOK_S = 0.2
PATIENCE_S = 5.0


class WarmUp:
    """Makes the engines of ``package`` ready: some time after the start, or when a job needs one that isn't."""

    def __init__(self, folder: Path, package: str = PACKAGE) -> None:
        self._mark = mark_of(folder, package)
        self._package = package
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()

    @property
    def ready(self) -> bool:
        return self._mark.exists()

    def soon(self, seconds: float = SOON_S) -> None:
        """Begin once the page has had time to be served."""

        def later() -> None:
            if not self._closed.wait(seconds):
                self.begin()

        threading.Thread(target=later, name="warm-up", daemon=True).start()

    def begin(self) -> None:
        """Start the process, once."""
        with self._lock:
            if self._process is None and not self._closed.is_set() and not self.ready:
                command = [sys.executable, "-m", "studio.warmup", self._package]
                self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def wait(self, found: Found, run: "Run") -> None:
        """Return when the engine is ready, or can't be made so ahead. Raises what ``run.step`` raises, such as Cancelled."""
        if found.warm is None or self.ready:
            return
        self.begin()
        process = self._process
        if process is None or process.poll() is not None:
            return
        with run.noting("core.getting_ready"):
            while process.poll() is None:
                run.step(0, None)
                self._closed.wait(LOOK_S)
        if process.returncode:
            log.warning("the engines couldn't be made ready ahead (%s)", process.returncode)

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)


def compiled_folder(settings: Settings) -> Path:
    """Where compiled code is kept: ``NUMBA_CACHE_DIR``, which is set when it isn't yet. Call it before numba is imported."""
    return Path(os.environ.setdefault(FOLDER, str(settings.data_dir / "kernels")))


def fingerprint(package: str) -> str:
    """Tells one version of the engines, their parts and Python from another."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    digest = hashlib.sha256(f"{package} {sys.version}".encode())
    for folder in folders or ():
        for file in sorted(Path(folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:24]


def warm(settings: Settings, package: str = PACKAGE, told: Callable[[Found], None] = lambda found: None) -> None:
    """Make all engines ready in this process, where they aren't; ``told`` is called before each."""
    mark = mark_of(compiled_folder(settings), package)
    if mark.exists():
        return
    for task in tasks():
        for found in discover(task, package):
            if found.warm:
                told(found)
                found.warm()
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def mark_of(folder: Path, package: str) -> Path:
    """The file that says that the engines, as they are, are ready."""
    return folder / f"ready-{fingerprint(package)}"


if __name__ == "__main__":
    with contextlib.suppress(AttributeError):  # Windows has no such thing
        os.nice(19)
    warm(Settings(), sys.argv[1])
