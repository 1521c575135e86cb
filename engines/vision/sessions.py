"""Opening an ONNX file whose tensors must have the right names."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.errors import Unavailable
from studio.machine_memory import is_out_of_memory

QUIET = 3
CUDA = "CUDAExecutionProvider"


def open_session(path: Path, *, device: str = "cpu", threads: int = 1) -> Any:
    """An onnxruntime session on ``device`` (such as ``cuda:0``), or the CPU where it can't run there.

    ``Unavailable`` when the file can't be read as a network. Want of memory is raised as it is.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(threads, 1)
    options.log_severity_level = QUIET
    options.use_deterministic_compute = True
    providers: list[Any] = ["CPUExecutionProvider"]
    if device.startswith("cuda") and CUDA in onnxruntime.get_available_providers():
        card = int(device.partition(":")[2] or 0)
        providers.insert(0, (CUDA, {"device_id": card, "cudnn_conv_algo_search": "HEURISTIC"}))
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as problem:
        if is_out_of_memory(problem):
            raise
        raise Unavailable("vision.model_unreadable", name=path.name) from problem


def demand(session: Any, name: str, inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """``Unavailable`` when a tensor is missing."""
    there = {tensor.name for tensor in (*session.get_inputs(), *session.get_outputs())}
    if missing := sorted({*inputs, *outputs} - there):
        raise Unavailable("vision.model_foreign", name=name, missing=", ".join(missing))
