"""Taking a picture apart, alike for all styles."""

import numpy as np

from engines.arrays import PlanesLike
from engines.style.picture import Prepared, half_chroma, half_luma, half_shape, scale_of, stretch
from engines.style.smooth import smooth_chroma, smooth_luma
from engines.style.tensor import structure_tensor

CHROMA_REACH = 0.06


def take_apart(planes: PlanesLike, *, sigma: float, sweeps: float, reach: float) -> Prepared:
    """Prepare a picture: full-range luma, its flow, and luma and chroma calmed at half size.

    ``sigma`` (half-size pixels) smooths the structure tensor, which is taken before calming; ``sweeps`` counts the
    passes of calming and ``reach`` (0..1) the luma differences that melt; sigma and sweeps are meant at 720p and scale
    with the picture.
    """
    y = stretch(planes.y, planes.full_range)
    scale, shape = scale_of(y.shape), half_shape(y.shape)
    luma = half_luma(y)
    u, v = (half_chroma(plane, shape, planes.full_range) for plane in (planes.u, planes.v))
    tensor = structure_tensor(luma, u, v, max(sigma * scale, 0.6))
    passes = int(np.clip(round(sweeps * scale), 1, 6))
    luma = smooth_luma(luma, sweeps=passes, reach=reach)
    u, v = smooth_chroma(luma, u, v, sweeps=max(passes // 2, 1), reach=(0.1, CHROMA_REACH))
    return Prepared(y, luma, u, v, tensor, planes.full_range, planes.u.shape)
