"""Who runs a job: a process, by a name that no later process takes over."""

import os
import socket
import time
from pathlib import Path

BEAT_EVERY_S = 5.0
DEAD_AFTER_S = 60.0
BOOT = Path("/proc/sys/kernel/random/boot_id")


def runner_id() -> str:
    """This process: machine, number, and when it began."""
    return f"{_machine()}|{os.getpid()}|{_began(os.getpid())}"


def alive(runner: str | None, beat: float | None) -> bool:
    """Whether the process that a runner's name stands for still works.

    On this machine the system is asked. A process of another machine that shares the data is taken for dead when its
    last sign of life (``beat``, Unix seconds) is older than ``DEAD_AFTER_S``.
    """
    if not runner:
        return False
    machine, number, began = [*runner.split("|"), "", ""][:3]
    if machine != _machine():
        return beat is not None and time.time() - beat < DEAD_AFTER_S
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return _began(int(number)) == began


def _machine() -> str:
    """Name of the machine or container, and of its boot where the system tells it."""
    try:
        boot = BOOT.read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}:{boot}"


def _began(number: int) -> str:
    """Start of a process in clock ticks since the boot where the system tells it; a process that ended began never."""
    try:
        state, *rest = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return "ended" if state in "ZX" else rest[18]
    except (OSError, IndexError):
        return ""
