"""Published picture-to-picture networks from ONNX files: AnimeGAN, White-box and their kin, or one that a user brings.

What the file says is read from the file: names, axes, fixed sizes, number type. What it can't say stands in the model
card's ``capabilities``:

    order             "RGB" or "BGR"
    range             "-1..1", "0..1" or "0..255" of what goes in; ``output_range`` where what comes out differs
    layout            "NCHW" or "NHWC", for a file whose axes are all open
    multiple          height and width must be a multiple of this
    min_side          a smaller picture is enlarged until its short side has so many pixels, or mirrored at its edges
    max_side          a larger one is made smaller until its long side has; max_short_side likewise for the short one
    guided_radius, guided_eps   White-box's last step: a guided filter with the photo as guide (He et al. 2010)
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from studio.errors import Unavailable
from studio.machine_memory import is_out_of_memory

RANGES = {"-1..1": (-1.0, 1.0), "0..1": (0.0, 1.0), "0..255": (0.0, 255.0)}
TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
CHANNELS = 3
QUIET = 4


@dataclass(frozen=True)
class Signature:
    """How a network wants its picture: tensor names, axes, number type, fixed height and width (None where open)."""

    input: str
    output: str
    batched: bool
    channels_first: bool
    dtype: Any
    height: int | None
    width: int | None


@dataclass(frozen=True)
class WorkSize:
    """Size at which the network sees a picture, and the size to which it is filled up at the right and the bottom."""

    height: int
    width: int
    full_height: int
    full_width: int

    @property
    def full(self) -> tuple[int, int]:
        return self.full_height, self.full_width


class OnnxStyle:
    """A network that redraws pictures. It may be called from several threads; on a graphics card they take turns.

    ``threads`` is the number of threads of one call on the CPU. Raises Unavailable when the file isn't such a network.
    ``on_gpu`` says where it really runs: without onnxruntime's CUDA provider that is the CPU, whatever ``device`` asks.
    """

    def __init__(self, path: Path, capabilities: Mapping[str, Any], *, device: str = "cpu", threads: int = 1) -> None:
        self._name = path.name
        self._says = capabilities
        self._session = _session(path, device, threads)
        self.signature = _signature(self._session, capabilities, path.name)
        self.on_gpu = "CUDAExecutionProvider" in self._session.get_providers()
        self.resident_bytes = path.stat().st_size
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.on_gpu else nullcontext()
        self._in = RANGES[capabilities.get("range", "-1..1")]
        self._out = RANGES[capabilities.get("output_range", capabilities.get("range", "-1..1"))]
        self._swap = capabilities.get("order", "RGB") == "BGR"

    def __call__(self, rgb: Bytes, size: WorkSize | None = None) -> Bytes:
        """``rgb`` uint8 HxWx3 redrawn at ``size``, else at ``work_size``'s; uint8 HxWx3 in its own size."""
        height, width = rgb.shape[:2]
        size = size or self.work_size(height, width)
        small = _resized(rgb, size.height, size.width)
        photo = self._encoded(small, size)
        drawn = self._run(photo, size)[: size.height, : size.width]
        if radius := int(self._says.get("guided_radius", 0)):
            photo = np.ascontiguousarray(photo[: size.height, : size.width])
            drawn = guided(photo, np.ascontiguousarray(drawn), radius, float(self._says["guided_eps"]))
        low, high = self._out
        drawn = (drawn - low) * (255.0 / (high - low))
        picture = np.clip(np.rint(drawn), 0, 255).astype(np.uint8)
        if self._swap:
            picture = picture[..., ::-1]
        return _resized(np.ascontiguousarray(picture), height, width)

    def work_size(self, height: int, width: int, limit: int = 0) -> WorkSize:
        """The size at which a picture of this size is drawn; ``limit`` in pixels keeps its height below, 0 doesn't."""
        fixed_height, fixed_width = self.signature.height, self.signature.width
        short, long = min(height, width), max(height, width)
        factor = max(1.0, self._says.get("min_side", 1) / short)
        for cap, side in (
            (self._says.get("max_side", 0), long),
            (self._says.get("max_short_side", 0), short),
            (limit, height),
        ):
            factor = min(factor, cap / side) if cap else factor
        if fixed_height or fixed_width:
            factor = min((fixed_height or 1 << 30) / height, (fixed_width or 1 << 30) / width)
        return self._filled(max(1, round(height * factor)), max(1, round(width * factor)))

    def fitted(self, height: int, width: int, limit: int = 0) -> WorkSize:
        """The work size that memory allows: halved until a trial picture gets through. Raises the last one's error."""
        size = self.work_size(height, width, limit)
        while True:
            try:
                self(np.full((size.height, size.width, CHANNELS), 128, np.uint8), size)
            except Exception as problem:
                half = self._filled(ceil(size.height / 2), ceil(size.width / 2))
                if not is_out_of_memory(problem) or half.full == size.full:
                    raise
                size = half
            else:
                return size

    def _filled(self, height: int, width: int) -> WorkSize:
        multiple, least = int(self._says.get("multiple", 1)), int(self._says.get("min_side", 1))
        full_height = self.signature.height or ceil(max(height, least) / multiple) * multiple
        full_width = self.signature.width or ceil(max(width, least) / multiple) * multiple
        return WorkSize(min(height, full_height), min(width, full_width), full_height, full_width)

    def _encoded(self, rgb: Bytes, size: WorkSize) -> Floats:
        """float32 HxWx3 in the network's own order and range, mirrored at the right and the bottom to the full size."""
        down, right = size.full_height - size.height, size.full_width - size.width
        picture = rgb[..., ::-1] if self._swap else rgb
        if down or right:
            picture = cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REFLECT_101)  # type: ignore[assignment]
        low, high = self._in
        return np.ascontiguousarray(picture, np.float32) * np.float32((high - low) / 255.0) + np.float32(low)

    def _run(self, photo: Floats, size: WorkSize) -> Floats:
        """The network's answer as float32 HxWx3 at the full work size."""
        tensor = photo.transpose(2, 0, 1) if self.signature.channels_first else photo
        if self.signature.batched:
            tensor = tensor[None]
        tensor = np.ascontiguousarray(np.rint(tensor) if self.signature.dtype is np.uint8 else tensor)
        feed = {self.signature.input: tensor.astype(self.signature.dtype, copy=False)}
        with self._turn:
            answer = self._session.run([self.signature.output], feed)[0]
        drawn = np.asarray(answer, np.float32).squeeze()
        if drawn.ndim == CHANNELS and drawn.shape[0] == CHANNELS and drawn.shape[2] != CHANNELS:
            drawn = drawn.transpose(1, 2, 0)
        if drawn.ndim != CHANNELS or drawn.shape[2] != CHANNELS:
            raise Unavailable("models.onnx_output", file=self._name, shape=str(list(np.shape(answer))))
        if drawn.shape[:2] != size.full:
            drawn = cv2.resize(drawn, (size.full_width, size.full_height), interpolation=cv2.INTER_CUBIC)
        return np.ascontiguousarray(drawn)


def guided(guide: Floats, picture: Floats, radius: int, eps: float) -> Floats:
    """Guided filter (He, Sun, Tang 2010), each channel guided by the same channel, as White-box applies it.

    ``guide`` and ``picture`` are float32 HxWx3 in one range; ``eps`` in that range squared. Windows end at the edges.
    """
    window = (2 * radius + 1, 2 * radius + 1)

    def total(values: Floats) -> Floats:
        return cv2.boxFilter(values, cv2.CV_32F, window, normalize=False, borderType=cv2.BORDER_CONSTANT)  # type: ignore[return-value]

    count = total(np.ones_like(guide))
    mean_guide, mean_picture = total(guide) / count, total(picture) / count
    covariance = total(guide * picture) / count - mean_guide * mean_picture
    variance = total(guide * guide) / count - mean_guide * mean_guide
    slope = covariance / (variance + np.float32(eps))
    offset = mean_picture - slope * mean_guide
    return (total(slope) / count) * guide + total(offset) / count


def _resized(rgb: Bytes, height: int, width: int) -> Bytes:
    if rgb.shape[:2] == (height, width):
        return rgb
    smaller = height * width < rgb.shape[0] * rgb.shape[1]
    return cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)  # type: ignore[return-value]


def _session(path: Path, device: str, threads: int) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    options.use_deterministic_compute = True
    providers: list[Any] = ["CPUExecutionProvider"]
    if device.startswith("cuda") and "CUDAExecutionProvider" in ort.get_available_providers():
        card = int(device.partition(":")[2] or 0)
        providers.insert(0, ("CUDAExecutionProvider", {"device_id": card, "cudnn_conv_algo_search": "HEURISTIC"}))
    try:
        return ort.InferenceSession(str(path), options, providers=providers)
    except Exception as problem:
        if is_out_of_memory(problem):
            raise
        reason = str(problem).strip().splitlines()[0][:200] if str(problem).strip() else type(problem).__name__
        raise Unavailable("models.onnx_unreadable", file=path.name, reason=reason) from problem


def _signature(session: Any, capabilities: Mapping[str, Any], name: str) -> Signature:
    """What the session's file says of itself; Unavailable if it isn't one picture in, one picture out."""
    inputs, output = session.get_inputs(), session.get_outputs()[0]
    shape = [_size(axis) for axis in inputs[0].shape]
    if len(inputs) != 1 or len(shape) not in (3, 4) or inputs[0].type not in TYPES:
        found = "; ".join(f"{item.name} {item.type} {item.shape}" for item in inputs)
        raise Unavailable("models.onnx_input", file=name, found=found)
    batched = len(shape) == 4
    if batched and shape[0] not in (None, 1):
        raise Unavailable("models.onnx_input", file=name, found=f"{inputs[0].name} {inputs[0].shape}")
    axes = shape[1:] if batched else shape
    first = _channels_first(axes, capabilities.get("layout"))
    if first is None:
        raise Unavailable("models.onnx_input", file=name, found=f"{inputs[0].name} {inputs[0].shape}")
    height, width = axes[1:] if first else axes[:2]
    return Signature(inputs[0].name, output.name, batched, first, TYPES[inputs[0].type], height, width)


def _channels_first(axes: Sequence[int | None], layout: str | None) -> bool | None:
    """Whether the three colours are the first of the last three axes; None when neither the file nor the card tells."""
    first, last = axes[0] == CHANNELS, axes[2] == CHANNELS
    if first != last:
        return first
    if first or (axes[0] is None and axes[2] is None):
        return {"NCHW": True, "NHWC": False}.get(layout or "")
    return None


def _size(axis: Any) -> int | None:
    return axis if isinstance(axis, int) and axis > 0 else None
