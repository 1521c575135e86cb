"""Published networks that enlarge (ESRGAN and its kin), from files on disk, through the spandrel library.

A file is read as safetensors, or as a torch archive without running anything that lies in it. What kind of network it holds is
told by the names and shapes of its weights.
"""

import pickle
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engines.arrays import Floats
from studio.errors import BadInput, Unavailable
from studio.machine_memory import is_out_of_memory

CONTEXT = 32
"""Source pixels that a tile overlaps its neighbours; what these networks see farther away doesn't show."""
BREATH_S = 0.5
HEADER_BYTES = 8
FARTHEST_HEADER = 100 << 20
CHANNELS = (1, 3)
LINE = 200
Breath = Callable[[], None]


class Network:
    """A network on a device. Any thread may call it.

    Raises Unavailable for a broken file, one with program code in it, and one of an unknown kind; BadInput for a network that
    doesn't enlarge pictures.
    """

    def __init__(self, path: Path, *, device: str = "cpu") -> None:
        from spandrel import ImageModelDescriptor, ModelLoader, canonicalize_state_dict

        weights = read_weights(path)
        try:
            found: Any = ModelLoader().load_from_state_dict(canonicalize_state_dict(dict(weights)))
        except Exception as problem:  # each architecture fails in its own way at weights that aren't quite its own
            if is_out_of_memory(problem):
                raise
            raise Unavailable("upscale.foreign", name=path.name, reason=_line(problem)) from problem
        if not isinstance(found, ImageModelDescriptor) or not _enlarges(found):
            raise BadInput("upscale.no_enlarger", name=path.name, kind=found.architecture.name)
        self.kind: str = found.architecture.name
        self.step: int = found.scale
        self._half = device.startswith("cuda") and found.supports_half
        self._model: Any = found.to(device).eval()
        if self._half:
            self._model.half()
        self._device, self._channels = device, found.input_channels
        self._calls = threading.local()
        for layer in self._model.model.modules():
            if not any(layer.children()):
                layer.register_forward_pre_hook(self._breathe)
        self.resident_bytes = sum(part.numel() * part.element_size() for part in self._model.model.parameters())

    def __call__(self, picture: Floats, breath: Breath) -> Floats:
        """float32 HxWx3 in 0..1 to float32 (sH)x(sW)x3. ``breath`` is called twice a second between layers, and may raise."""
        import torch

        planes = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
        if self._channels == 1:
            planes = planes.mean(dim=0, keepdim=True)
        self._calls.breath, self._calls.breathed = breath, time.monotonic()
        with torch.inference_mode():
            answer = self._model(planes[None].to(self._device, torch.float16 if self._half else torch.float32))
            large = answer[0].float().cpu().numpy()
        return np.ascontiguousarray(np.broadcast_to(large.transpose(1, 2, 0), (*large.shape[1:], 3)))

    def _breathe(self, layer: Any, inputs: Any) -> None:
        now = time.monotonic()
        if now - self._calls.breathed >= BREATH_S:
            self._calls.breathed = now
            self._calls.breath()


class ByNetwork:
    """A network as an enlarger."""

    context = CONTEXT
    faithful = False

    def __init__(self, net: Network, device: str, breath: Breath) -> None:
        self.step, self.device = net.step, device
        self._net, self._breath = net, breath

    def __call__(self, picture: Floats) -> Floats:
        rim = self.context * self.step
        large = self._net(picture, self._breath)
        return large[rim : large.shape[0] - rim, rim : large.shape[1] - rim]


def read_weights(path: Path) -> Mapping[str, Any]:
    """The tensors of a safetensors file or a torch archive by name, on the CPU; which of the two it is, its content tells.

    Raises Unavailable for a broken file, and for one that would have to run code to be read.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if _is_safetensors(path):
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as problem:
        if "global" in str(problem).lower():
            raise Unavailable("upscale.code", name=path.name) from problem
        raise Unavailable("upscale.broken", name=path.name) from problem
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError, KeyError) as problem:
        if is_out_of_memory(problem):
            raise
        raise Unavailable("upscale.broken", name=path.name) from problem
    if not isinstance(found, Mapping):
        raise Unavailable("upscale.foreign", name=path.name, reason=type(found).__name__)
    return found


def _is_safetensors(path: Path) -> bool:
    """Whether a file begins with a length and a JSON object."""
    with path.open("rb") as stream:
        head = stream.read(HEADER_BYTES + 1)
    return head[HEADER_BYTES:] == b"{" and int.from_bytes(head[:HEADER_BYTES], "little") < FARTHEST_HEADER


def _enlarges(model: Any) -> bool:
    return model.scale > 1 and model.input_channels in CHANNELS and model.input_channels == model.output_channels


def _line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0][:LINE]
