"""The order in which layers are drawn, and the regions of a figure."""

from dataclasses import dataclass
from pathlib import Path

from engines.figure.reading import need, one_of, only, read

REGIONS = ("background", "back", "hair", "face", "torso", "arms", "hands", "legs", "feet", "held")
LIMBS = ("arm", "leg")


@dataclass(frozen=True)
class Layers:
    """``order``: layers from back to front; ``limb``: those that are drawn once for each arm or leg, inside its group."""

    order: tuple[str, ...]
    limb: dict[str, tuple[str, ...]]

    def known(self, name: str, file: str) -> str:
        return one_of(name, [*self.order, *self.limb["arm"], *self.limb["leg"]], "layer", file)

    def limb_of(self, name: str) -> str:
        """``arm`` or ``leg`` where the layer belongs to a limb's group, else empty."""
        return next((limb for limb in LIMBS if name in self.limb[limb]), "")


def read_layers(path: Path) -> Layers:
    table = read(path)
    only(table, ("order", *LIMBS), path.name)
    return Layers(tuple(need(table, "order", path.name)), {limb: tuple(need(table, limb, path.name)) for limb in LIMBS})
