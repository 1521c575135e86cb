"""A worker process that is asked for one thing at a time through its pipes, started when needed and again when it has died."""

import contextlib
import json
import os
import queue
import signal
import struct
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from studio.errors import Failed

CHECK_S = 0.05
"""How often a waiting caller asks whether it should go on."""
LONGEST_S = 60.0
ASKED, HEAD = struct.Struct("<I"), struct.Struct("<II")
MOST_BYTES = 1 << 30
Frame = tuple[dict[str, Any], bytes]


class WorkerProcess:
    """``command`` reads questions (a length, JSON) and answers each with a frame (two lengths, JSON, bytes).

    Callers take turns: an answer carries the number of its question, and goes to nobody else. One that is told to stop while it
    waits kills the process, so that nothing half-spoken is left in the pipes.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[Frame | None] = queue.Queue()
        self._number = 0
        self._end: Callable[[], object] = lambda: None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ask(
        self, question: Mapping[str, Any], check: Callable[[], object] = lambda: None, *, longest_s: float = LONGEST_S
    ) -> Frame:
        """The answer to a question. ``check`` is called while waiting, and stops the process by raising.

        Raises Failed when the process dies over it twice, or takes longer than ``longest_s``.
        """
        while not self._turn.acquire(timeout=CHECK_S):
            check()
        try:
            for last in (False, True):
                answer = self._ask(question, check, longest_s)
                if answer is not None:
                    return answer
                self._kill()
                if last:
                    break
            raise Failed("speech.worker_died")
        except BaseException:
            self._kill()
            raise
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._turn:
            self._kill()

    def _ask(self, question: Mapping[str, Any], check: Callable[[], object], longest_s: float) -> Frame | None:
        process = self._running()
        self._number += 1
        number = f"{self._number:012d}"  # always as long, so that nothing in the process depends on it
        words = json.dumps({**question, "id": number}).encode()
        assert process.stdin is not None
        try:
            process.stdin.write(ASKED.pack(len(words)) + words)
            process.stdin.flush()
        except OSError:
            return None
        deadline = time.monotonic() + longest_s
        while time.monotonic() < deadline:
            try:
                answer = self._answers.get(timeout=CHECK_S)
            except queue.Empty:
                check()
                continue
            if answer is None or answer[0].get("id") != number:
                return None
            return answer
        raise Failed("speech.worker_slow", seconds=round(longest_s))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._kill()
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        answers: queue.Queue[Frame | None] = queue.Queue()
        assert process.stdout is not None
        threading.Thread(target=_listen, args=(process.stdout, answers), name="speech worker", daemon=True).start()
        self._process, self._answers = process, answers
        self._end = weakref.finalize(self, _end, process)
        return process

    def _kill(self) -> None:
        self._end()
        self._process = None


def _listen(pipe: IO[bytes], answers: "queue.Queue[Frame | None]") -> None:
    """Put what a process says into a queue, and None when it is over."""
    with contextlib.suppress(OSError, ValueError):
        while len(head := pipe.read(HEAD.size)) == HEAD.size:
            words, samples = HEAD.unpack(head)
            if words + samples > MOST_BYTES:
                break
            said = json.loads(pipe.read(words))
            answers.put((said, pipe.read(samples)))
    answers.put(None)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and those that it has started."""
    if process.poll() is None and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
