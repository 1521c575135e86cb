"""hyperswap (FaceFusion, 2025): 256 pixels, values from -1 to 1, and the embedding itself as latent.

The file's second output, a mask, is left alone, as in the program it comes from: what it covers isn't published.
"""

from engines.vision.faces.insight.face_net import FaceNet


class HyperSwap(FaceNet):
    """All of it is as usual."""
