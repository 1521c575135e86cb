"""Faces swapped by a network that redraws them (inswapper, hyperswap): a stage of takes."""

from collections.abc import Mapping, Sequence

import numpy as np

from engines.arrays import Floats
from engines.face_swap._boost import Boosts
from engines.face_swap._take import Photo, Role, Take
from engines.media.flow_control import Fold, Map
from engines.vision.faces.align import aligned, reach
from engines.vision.faces.insight.arcface import ArcFace
from engines.vision.faces.insight.face_net import FaceNet
from engines.vision.faces.paste import FEATHER, box_mask, paste
from engines.vision.faces.toned import Colour, toned

LEAST = 16.0
LARGEST = 1024


class NeuralSwapper:
    """A ``Swapper``. ``latents`` are the sources by name; ``boost`` the side of the crops in pixels, 0: by the face's size;
    ``feather`` (0..1) how softly its edge fades, ``strength`` (0..1) its opacity; ``colour`` as in
    ``toned``.

    A role whose name has no latent, and a face whose crop covers less than 16 pixels, is left as it is.
    """

    def __init__(
        self,
        name: str,
        net: FaceNet,
        latents: Mapping[str, Floats],
        *,
        boost: int = 0,
        feather: float = FEATHER,
        strength: float = 1.0,
        colour: Colour = "own",
    ) -> None:
        self.name = self.key = name
        self._net, self._latents, self._feather, self._strength = net, latents, feather, np.float32(strength)
        self._colour = colour
        self._side = min(max(boost // net.side, 1) * net.side, LARGEST) if boost else 0

    def stages(self) -> Sequence[Map | Fold]:
        drawn = Map(self._swapped)
        return (drawn,) if self._side else (Fold(Boosts(self._net.side, self._net.template)), drawn)

    def _swapped(self, take: Take) -> Take:
        for role in take.roles:
            self._swap(take, role)
        return take

    def _swap(self, take: Take, role: Role) -> None:
        five = role.seen.face.five
        latent = self._latents.get(role.who)
        if latent is None or not np.isfinite(five).all() or reach(five, self._net.template) < LEAST:
            return
        side = self._side or int(role.reading)
        crop = aligned(take.frame.rgb, five, self._net.template, side)
        mask = box_mask(side, self._feather)
        drawn = toned(self._net(crop.rgb, latent), crop.rgb, mask, self._colour)
        patch = paste(drawn, mask * self._strength, crop.forth, take.frame.rgb.shape)
        if patch is not None:
            role.patches.append(patch)


def latents_of(net: FaceNet, arcface: ArcFace, photos: Mapping[str, Sequence[Photo]]) -> dict[str, Floats]:
    """What the network is told of each person, from one or several photos of each; read once, not in every frame."""
    return {
        who: net.latent(np.stack([arcface.raw(rgb, face.five) for rgb, face in pictures]))
        for who, pictures in photos.items()
        if pictures
    }
