"""Types of arrays that parts share."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class PlanesLike(Protocol):
    """Luma and chroma planes: y uint8 HxW; u, v uint8 HxW or ceil(H/2) x ceil(W/2), 128 neutral; either range."""

    @property
    def y(self) -> Any: ...
    @property
    def u(self) -> Any: ...
    @property
    def v(self) -> Any: ...
    @property
    def full_range(self) -> bool: ...
