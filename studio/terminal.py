"""What the command line shows: lines on stdout for results, and one moving line on stderr for progress."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from studio.texts import best_language, text

BAR = 24
QUIET_EVERY_S = 10.0
MINUTE, HOUR = 60, 3600
STDERR = 2


def system_language() -> str:
    """The studio's language for this terminal's locale."""
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return best_language(locale.partition(".")[0].replace("_", "-"))


def say(line: str = "") -> None:
    """A line of the result, on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """A line about the work, on stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def hush_native_code() -> None:
    """What libraries write to file descriptor 2 past Python (start-up lines of mediapipe) is dropped from now on;
    ``sys.stderr`` still reaches the terminal. Does nothing where ``sys.stderr`` is not descriptor 2.
    """
    own = sys.__stderr__
    if own is None or own is not sys.stderr or own.fileno() != STDERR:
        return
    sys.stderr = os.fdopen(os.dup(STDERR), "w", encoding=own.encoding, errors=own.errors, buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    os.close(nowhere)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns set flush left; wide characters count twice."""
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)] if rows else []
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def duration(seconds: float) -> str:
    """``m:ss`` or ``h:mm:ss``."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, last = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{last:02}" if hours else f"{minutes}:{last:02}"


def size(count: float) -> str:
    """Bytes in the unit that reads best."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


@dataclass
class ProgressLine:
    """One line that moves on a terminal; a plain line every ten seconds elsewhere."""

    lang: str
    stream: IO[str] = field(default_factory=lambda: sys.stderr)
    _width: int = 0
    _last: float = -QUIET_EVERY_S

    def show(self, job: Any) -> None:
        """Show how a job stands."""
        if job.state not in ("queued", "running"):
            return
        moment = time.monotonic()
        if self.stream.isatty():
            self._draw(self._words(job))
        elif moment - self._last >= QUIET_EVERY_S:
            self._last = moment
            self.stream.write(self._words(job) + "\n")
            self.stream.flush()

    def end(self) -> None:
        """Take the moving line away."""
        if self._width:
            self._draw("")
            self.stream.write("\r")
            self.stream.flush()
            self._width = 0

    def _words(self, job: Any) -> str:
        if job.state == "queued":
            return text("cli.waiting", self.lang, rank=job.rank) if job.rank else text("cli.starting", self.lang)
        if not job.total:
            return text("cli.working", self.lang, done=job.done)
        share = min(1.0, job.done / job.total)
        bar = "█" * round(share * BAR) + "░" * (BAR - round(share * BAR))
        eta = "" if job.eta_s is None else text("cli.left", self.lang, time=duration(job.eta_s))
        return f"{bar} {share:4.0%}  {job.done}/{job.total}  {eta}".rstrip()

    def _draw(self, line: str) -> None:
        width = _width(line)
        self.stream.write("\r" + line + " " * max(0, self._width - width))
        self.stream.flush()
        self._width = width


def _width(line: str) -> int:
    return sum(2 if "\u1100" <= char <= "\uffdc" and not "\u2500" <= char <= "\u25ff" else 1 for char in line)
