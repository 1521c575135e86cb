"""Opening an ONNX file whose tensors must have the right names."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.errors import Unavailable

QUIET = 3


def open_session(path: Path, *, device: str = "cpu", threads: int = 1) -> Any:
    """An onnxruntime session. ``Unavailable`` when the file can't be read as a network."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(threads, 1)
    options.log_severity_level = QUIET
    wanted = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    there = set(onnxruntime.get_available_providers())
    providers = [name for name in wanted if name in there] + ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as problem:
        raise Unavailable("vision.model_unreadable", name=path.name) from problem


def demand(session: Any, name: str, inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """``Unavailable`` when a tensor is missing."""
    there = {tensor.name for tensor in (*session.get_inputs(), *session.get_outputs())}
    if missing := sorted({*inputs, *outputs} - there):
        raise Unavailable("vision.model_foreign", name=name, missing=", ".join(missing))
