"""Takes through a swapper's stages."""

import numpy as np
import pytest

from engines.face_swap._boost import Boosts, fine_enough
from engines.face_swap._neural import NeuralSwapper, latents_of
from engines.face_swap._take import Role, Take
from engines.media.flow_control import Fold, Map, through
from engines.vision.faces.align import aligned, reach, template
from engines.vision.faces.face import LEFT_EYE, MOUTH_CORNERS, NOSE_TIP, RIGHT_EYE, Face
from engines.vision.faces.insight.arcface import ArcFace
from engines.vision.faces.insight.inswapper import InSwapper
from engines.vision.faces.swap import laid
from engines.vision.faces.track import Seen
from tests.face_swap.networks import arcface_file, swapper_file
from tests.face_swap.test_swappers import boosted
from tests.vision.scenes import texture


class Picture:
    def __init__(self, rgb):
        self.rgb = rgb


def face_at(x, y, scale, degrees=0.0):
    """A face whose five points are arcface_128's, ``scale`` times as large, turned about its middle at (x, y)."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    five = (template("arcface_128", 128) - 64) @ turn * scale + (x, y)
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = (x, y)
    for at, place in zip((RIGHT_EYE, LEFT_EYE, (NOSE_TIP,), MOUTH_CORNERS[:1], MOUTH_CORNERS[1:]), five, strict=True):
        points[list(at), :2] = place
    return Face(points)


def role(face, who="a", track=0):
    return Role(Seen(track, face, face, None), who)


@pytest.fixture
def net(tmp_path):
    return InSwapper(swapper_file(tmp_path / "in.onnx"))


@pytest.fixture
def latents(net, tmp_path):
    arcface = ArcFace(arcface_file(tmp_path / "arc.onnx"))
    photos = {
        who: [(texture(200, 220, seed + i), face_at(110, 100, 1.2)) for i in range(2)]
        for who, seed in (("a", 1), ("b", 5))
    }
    return latents_of(net, arcface, photos | {"nobody": []})


def test_latents_are_means_of_several_photos(net, latents, tmp_path):
    arcface = ArcFace(arcface_file(tmp_path / "arc.onnx"))
    own = [arcface(texture(200, 220, 1 + i), face_at(110, 100, 1.2)) for i in range(2)]
    assert set(latents) == {"a", "b"}
    assert np.allclose(latents["a"], net.latent(np.stack(own)), atol=1e-6)
    assert not np.allclose(latents["a"], latents["b"], atol=0.01)


@pytest.mark.parametrize("boost", [128, 256, 0])
def test_every_role_gets_its_own_face_in_its_own_place(net, latents, boost):
    picture = texture(480, 640, 7)
    first, second = face_at(180, 200, 1.1, 12), face_at(450, 260, 2.1, -30)
    take = Take(Picture(picture), True, [role(first, "a", 0), role(second, "b", 1)])
    swapper = NeuralSwapper("inswapper", net, latents, boost=boost)
    assert isinstance(swapper.stages()[-1], Map)
    (out,) = through(swapper.stages(), [take])
    assert out is take
    for one, sides in zip(take.roles, ((boost or 128), (boost or 256)), strict=True):
        (patch,) = one.patches
        crop = aligned(picture, one.seen.face.five, "arcface_128", sides)
        again = aligned(laid(picture, patch), one.seen.face.five, "arcface_128", sides).rgb
        middle = slice(sides // 3, 2 * sides // 3)
        wanted = boosted(crop.rgb, latents[one.who], "0..1", 128)[middle, middle].astype(float)
        error = np.abs(again[middle, middle] - wanted).mean()
        assert error < 0.35 * np.abs(crop.rgb[middle, middle] - wanted).mean()
        assert error < 12
        assert abs((again[middle, middle] - wanted).mean()) < 1.5


def test_some_are_left_alone(net, latents):
    broken = face_at(100, 100, 1)
    broken.points[RIGHT_EYE[0]] = np.nan
    roles = [
        role(face_at(100, 100, 1), "stranger"),
        role(face_at(60, 60, 0.1)),
        role(face_at(-900, -900, 1)),
        role(broken),
    ]
    swapper = NeuralSwapper("inswapper", net, latents, boost=128)
    (take,) = through(swapper.stages(), [Take(Picture(texture(200, 200, 1)), False, roles)])
    assert [one.patches for one in take.roles] == [[]] * 4


def test_the_boost_follows_the_face_without_changing_back_and_forth():
    assert [fine_enough(128, pixels) for pixels in (40, 160, 161, 320, 330, 2000)] == [128, 128, 256, 256, 512, 512]
    assert [fine_enough(256, pixels) for pixels in (40, 330, 4000)] == [256, 512, 512]

    def sides(scales, boosts, cut=False):
        takes = [Take(Picture(None), cut, [role(face_at(0, 0, scale))]) for scale in scales]
        return [next(iter(boosts(take))).roles[0].reading for take in takes]

    assert reach(face_at(0, 0, 1.25).five, "arcface_128") == pytest.approx(160, rel=1e-3)
    boosts = Boosts(128, "arcface_128")
    assert sides([1.2, 1.3, 1.2, 1.35, 1.45, 1.3, 1.2, 1.05], boosts) == [128, 128, 128, 128, 256, 256, 256, 128]
    sides([1.45], boosts)
    again = Boosts(128, "arcface_128")
    again.restore(boosts.state())
    assert sides([1.2], again) == [256]
    assert sides([1.2], again, cut=True) == [128]
    assert list(again.flush()) == []


def test_the_order_of_the_stages(net, latents):
    fold, drawn = NeuralSwapper("x", net, latents).stages()
    assert isinstance(fold, Fold)
    assert isinstance(drawn, Map)
    assert len(NeuralSwapper("x", net, latents, boost=512).stages()) == 1
