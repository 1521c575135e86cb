"""A source's own skin put into the light of a picture: one loop over its pixels."""

from engines.kernel import kernel
from engines.vision.faces.skin import FLOOR, GREY

LEAST_TINT, MOST_TINT = 0.1, 1.2


@kernel
def composed(own, around, cover, vivid, rgb, alpha):  # type: ignore[no-untyped-def]
    """Fill ``rgb`` uint8 HxWx3 and ``alpha`` float32 HxW.

    ``own`` float32 HxWx4: luma's ratio, Cr, Cb and trust; ``around`` float32 HxWx3: the light (Y, Cr, Cb of 0..1);
    ``cover`` float32 HxW: how much of each place may be covered; ``vivid``: the factor of the source's own chroma.
    """
    height, width = alpha.shape
    for y in range(height):
        for x in range(width):
            alpha[y, x] = min(max(own[y, x, 3] * cover[y, x], 0.0), 1.0)
            ratio = own[y, x, 0]
            if ratio <= 0:
                ratio = 1.0
            tint = min(max(ratio, LEAST_TINT), MOST_TINT)
            luma = (around[y, x, 0] + FLOOR) * ratio - FLOOR
            red = (around[y, x, 1] - GREY) * tint + own[y, x, 1] * vivid
            blue = (around[y, x, 2] - GREY) * tint + own[y, x, 2] * vivid
            rgb[y, x, 0] = int(min(max(luma + 1.403 * red, 0.0), 1.0) * 255 + 0.5)
            rgb[y, x, 1] = int(min(max(luma - 0.714 * red - 0.344 * blue, 0.0), 1.0) * 255 + 0.5)
            rgb[y, x, 2] = int(min(max(luma + 1.773 * blue, 0.0), 1.0) * 255 + 0.5)
