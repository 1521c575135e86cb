"""The devices of this machine."""

import importlib.util


def devices(wanted: str) -> list[str]:
    """Devices for the setting ``auto``, ``cpu``, ``cuda``, or a list such as ``cuda:0,cuda:1``; the best ones first, ``cpu`` if nothing else."""
    if wanted not in ("auto", "cuda"):
        return [name.strip() for name in wanted.split(",") if name.strip()] or ["cpu"]
    return [f"cuda:{index}" for index in range(_cuda_count())] or ["cpu"]


def _cuda_count() -> int:
    """How many NVIDIA cards the driver shows; torch is only asked where there is a driver."""
    if importlib.util.find_spec("torch") is None or not _has_driver():
        return 0
    import torch

    return int(torch.cuda.device_count())


def _has_driver() -> bool:
    import ctypes.util

    return ctypes.util.find_library("cuda") is not None or ctypes.util.find_library("nvcuda") is not None
