"""What memory a device has, what a model takes of it, when it ran out, and how it is given back.

torch and onnxruntime are only looked at where somebody has loaded them: else there is nothing of theirs to measure.
"""

import contextlib
import ctypes
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
STATM = Path("/proc/self/statm")
OOM_TEXTS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "failed to allocate memory",
    "bad allocation",
    "bad_alloc",
    "insufficient memory",
    "alloc_failed",
    "available memory of",
)
"""How torch, CUDA libraries, onnxruntime's arenas and OpenCV say it, in lower case."""


def total_bytes(device: str) -> int:
    """Memory of a device: of the card, or of the machine or container."""
    if device.startswith("cuda"):
        return int(_torch().cuda.mem_get_info(device)[1])
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_cgroup_limits()])


def free_bytes(device: str) -> int | None:
    """Memory that a card has free for us, with what torch holds in reserve; None for the machine's own memory."""
    if not device.startswith("cuda"):
        return None
    cuda = _torch().cuda
    return int(cuda.mem_get_info(device)[0]) + int(cuda.memory_reserved(device)) - int(cuda.memory_allocated(device))


def process_bytes() -> int:
    """Resident memory of this process; 0 where /proc doesn't tell."""
    try:
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def model_bytes(model: Any) -> int:
    """What a loaded model holds, in bytes; 0 when it can't be told.

    Parameters and buffers of torch modules (shared storage counts once), the file of an onnxruntime session, whatever
    an object says of itself in ``resident_bytes``, and the sum over lists, mappings and an object's own attributes.
    """
    seen: dict[Any, int] = {}
    _collect(model, seen, depth=2)
    return sum(seen.values())


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether an exception of Python, torch, onnxruntime or OpenCV says that memory ran out."""
    if isinstance(problem, MemoryError):
        return True
    if type(problem).__name__ == "OutOfMemoryError":
        return True
    native = isinstance(problem, RuntimeError) or type(problem).__module__.startswith(("onnxruntime", "cv2"))
    return native and any(text in str(problem).lower() for text in OOM_TEXTS)


def give_back(device: str) -> None:
    """Return what was dropped to the system: cycles, torch's cache of a card, the allocator's free pages."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and device.startswith("cuda") and torch.cuda.is_initialized():
        with torch.cuda.device(device):
            torch.cuda.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library other than glibc
            ctypes.CDLL(None).malloc_trim(0)


def _collect(value: Any, seen: dict[Any, int], depth: int) -> None:
    torch, ort = sys.modules.get("torch"), sys.modules.get("onnxruntime")
    if isinstance(own := getattr(value, "resident_bytes", None), int):
        seen[id(value)] = own
    elif torch is not None and isinstance(value, torch.nn.Module):
        for tensor in (*value.parameters(), *value.buffers()):
            storage = tensor.untyped_storage()
            seen[storage.data_ptr()] = storage.nbytes()
    elif torch is not None and isinstance(value, torch.Tensor):
        seen[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
    elif ort is not None and isinstance(value, ort.InferenceSession):
        path = getattr(value, "_model_path", None)
        seen[id(value)] = Path(path).stat().st_size if path and Path(path).is_file() else 0
    elif isinstance(nbytes := getattr(value, "nbytes", None), int):
        seen[id(value)] = nbytes
    elif depth:
        for part in _parts(value):
            _collect(part, seen, depth - 1)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        yield from value
    else:
        yield from getattr(value, "__dict__", {}).values()


def _cgroup_limits() -> list[int]:
    limits = []
    for file in CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # absent, or "max"
            limits.append(int(file.read_text()))
    return limits


def _torch() -> Any:
    import torch

    return torch
