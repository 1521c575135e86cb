"""The drawer of a classical style for a device."""

from engines.style.scene import Drawer, Hand
from engines.style.style import Style


def hand_for(style: Style, device: str) -> Drawer:
    """On a graphics card a style's twin in torch, else its compiled filters."""
    if device.startswith("cuda"):
        from engines.style.torch_hand import TorchHand

        return TorchHand(style, device)
    return Hand(style)
