"""One lease per device: whoever holds it works there, and nobody else, in this process or another."""

import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

LOOK_EVERY_S = 0.05


class Lease:
    """A lock over a device such as ``cpu`` or ``cuda:0``, held by one thread of one process at a time.

    The system takes it from a process that dies, and from nobody else.
    """

    def __init__(self, folder: Path, device: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.device = device
        self._file = FileLock(str(folder / f"{device.replace(':', '-')}.lock"), thread_local=False)
        self._here = threading.Lock()

    def take(self, stop: threading.Event) -> bool:
        """Wait for the device; false when ``stop`` was set meanwhile."""
        while not stop.is_set():
            if not self._here.acquire(timeout=LOOK_EVERY_S):
                continue
            try:
                self._file.acquire(timeout=0)
            except Timeout:
                self._here.release()
                time.sleep(LOOK_EVERY_S)
            else:
                return True
        return False

    def give_back(self) -> None:
        self._file.release()
        self._here.release()
