"""The neural engine from request to result, with tiny networks in place of the published ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.face_swap import neural
from engines.face_swap._extras import Masking, Restoring, covered, masking, restoring
from engines.face_swap._fits import meant
from engines.face_swap._take import Role, Take
from engines.media.picture import read_picture
from engines.vision.faces.finder import FINDER, Finder
from engines.vision.faces.insight.genderage import GenderAge, Looks
from engines.vision.faces.parsing import FaceParser
from engines.vision.faces.restore import Restorer
from engines.vision.faces.swap import Patch, laid
from engines.vision.faces.track import Seen
from engines.vision.faces.xseg import XSeg
from studio.engine import Means, choose, discover, lacking
from studio.errors import BadInput, Unavailable
from studio.memory import Residency
from studio.paths import ASSETS
from studio.run import Run
from studio.settings import MB, Settings
from studio.tasks.face_swap import FaceSwapRequest, Only
from tests.face_swap.cards import unsealed
from tests.face_swap.networks import (
    HALF,
    arcface_file,
    converter_file,
    numbers_file,
    parser_file,
    restorer_file,
    scrfd_file,
    swapper_file,
    xseg_file,
)
from tests.face_swap.test_neural import Picture, face_at
from tests.vision.cast import frames_of, shot, write
from tests.vision.scenes import texture

ASTRONAUT, GIRL = ASSETS / "samples" / "astronaut.jpg", ASSETS / "samples" / "girl_with_a_pearl_earring.jpg"
IDS = (
    "inswapper-128",
    "inswapper-128-fp16",
    "hyperswap-1a-256",
    "ghost-1-256",
    "simswap-256",
    "buffalo-l",
    "gfpgan-1.4",
    "codeformer",
    "xseg",
    "bisenet",
)


@pytest.fixture
def place(tmp_path):
    """A run whose cards are the shipped ones, but for the hashes and sizes, which tiny files haven't."""
    cards = unsealed(Settings(data_dir=tmp_path / "data"), IDS)
    memory = Residency(lambda device: 4000 * MB)
    return Run.local(tmp_path / "work", tmp_path / "out", cards=cards, memory=memory)


def bring(place, card_id, made):
    """``made`` names files by what makes them."""
    for name, make in made.items():
        place.cards.import_file(card_id, make(place.workdir / name), name)


def bring_all(place, swapper="inswapper-128", **options):
    bring(
        place,
        "buffalo-l",
        {
            "w600k_r50.onnx": arcface_file,
            "genderage.onnx": lambda path: numbers_file(path, 96, 3, 1.0),
        },
    )
    name, *more = [file.name for file in place.cards.get(swapper).files]
    bring(place, swapper, {name: lambda path: swapper_file(path, **options), **dict.fromkeys(more, converter_file)})


def request(**more):
    return FaceSwapRequest(**{"target": str(ASTRONAUT), "source": (str(GIRL),), **more})


def test_the_cards_are_of_the_kinds_that_the_engine_looks_for(place):
    kinds = {card_id: place.cards.get(card_id).capabilities["kind"] for card_id in IDS}
    assert [card for card, kind in kinds.items() if kind == "face-swapper"] == list(neural.ENGINE.models)
    assert {place.cards.get(card).task for card in IDS} == {"face_swap"}
    assert place.cards.get("buffalo-l").by_hand
    assert place.cards.get("buffalo-l").file(neural.RECOGNISER)
    for card in neural.ENGINE.models:
        assert place.cards.get(card).capabilities["net"] in neural.NETS
        assert not place.cards.get(card).commercial


@pytest.mark.parametrize(
    ("card", "options"),
    [
        ("inswapper-128", {}),
        ("inswapper-128-fp16", {"inside": HALF, "emap": "middle"}),
        ("hyperswap-1a-256", {"side": 256, "emap": None, "mask": True}),
        ("ghost-1-256", {"side": 256, "emap": None}),
    ],
)
def test_a_picture_gets_another_face_and_the_rest_stays(place, card, options):
    bring_all(place, card, **options)
    result = neural.run(request(model=card), place)
    assert result.swapped == 1
    before, after = read_picture(ASTRONAUT), read_picture(Path(result.output))
    changed = (before != after).any(axis=2)
    with place.model(FINDER, Finder) as finder:
        (face,) = finder.faces(before)
    left, top, right, bottom = face.box
    assert changed[int(top + bottom) // 2, int(left + right) // 2]
    assert changed.sum() > 0.5 * (right - left) * (bottom - top)
    outside = np.ones_like(changed)
    room = int(0.4 * face.size)
    outside[int(top) - room : int(bottom) + room, int(left) - room : int(right) + room] = False
    assert not changed[outside].any()
    assert Path(result.output).name.startswith(card)


def test_what_is_missing_is_said(place, tmp_path):
    with pytest.raises(Unavailable):
        neural.run(request(), place)
    name = place.cards.get("inswapper-128").files[0].name
    bring(place, "inswapper-128", {name: swapper_file})
    with pytest.raises(Unavailable, match="w600k_r50"):
        neural.run(request(), place)
    with pytest.raises(BadInput, match="GFPGAN"):
        neural.run(request(model="gfpgan-1.4"), place)
    found = next(one for one in discover("face_swap") if one.engine.name == "neural")
    assert lacking(found, Means(lambda card: False)).key == "needs_model"
    assert lacking(found, Means(place.cards.installed)).params == {"engine": "neural", "model": "buffalo-l"}
    bring_all(place)
    bring(place, "buffalo-l", {"det_10g.onnx": scrfd_file})
    assert not lacking(found, Means(place.cards.installed))
    means = Means(place.cards.installed)
    for asked, taken in ((None, "neural"), ("built-in", "mesh"), ("inswapper-128", "neural")):
        assert choose("face_swap", request(model=asked), means).engine.name == taken


def test_the_strength_and_the_pixels_are_the_requests(place):
    bring_all(place)
    outputs = [
        read_picture(Path(neural.run(request(face=face), place).output)).astype(int)
        for face in ({}, {"strength": 0.5}, {"strength": 0.0}, {"boost": "512"})
    ]
    before = read_picture(ASTRONAUT).astype(int)
    full, half, none, fine = (np.abs(output - before) for output in outputs)
    assert none.max() == 0
    assert 0.3 < half.sum() / full.sum() < 0.7
    assert 0.5 < fine.sum() / full.sum() < 2
    assert np.abs(outputs[3] - outputs[0]).max() > 3


def take_with_patch(picture, *, alpha=1.0, size=120):
    face = face_at(200, 180, 1.2)
    role = Role(Seen(0, face, face, None), "")
    rgb = np.full((size, size, 3), 128, np.uint8)
    role.patches.append(Patch(140, 120, rgb, np.full((size, size), alpha, np.float32)))
    return Take(Picture(picture), False, [role, Role(Seen(1, face, face, None), "")])


def test_masks_take_away_from_every_patch(tmp_path):
    picture = np.full((360, 400, 3), (30, 90, 220), np.uint8)
    picture[:, 200:] = (250, 90, 220)
    take = take_with_patch(picture, alpha=0.8)
    Masking(XSeg(xseg_file(tmp_path / "x.onnx")), None)(take)
    (patch,) = take.roles[0].patches
    assert np.allclose(patch.alpha[:, :50], 0.8, atol=0.01)
    assert patch.alpha[:, 70:].max() == 0
    assert take.roles[1].patches == []
    both = take_with_patch(picture, alpha=0.8)
    parser = FaceParser(parser_file(tmp_path / "b.onnx"))
    Masking(XSeg(xseg_file(tmp_path / "x.onnx")), parser)(both)
    only = take_with_patch(picture, alpha=0.8)
    Masking(None, parser)(only)
    assert np.allclose(
        both.roles[0].patches[0].alpha, np.minimum(patch.alpha, only.roles[0].patches[0].alpha), atol=1e-6
    )


def test_a_restorer_sharpens_what_was_swapped_and_nothing_else(tmp_path):
    picture = texture(360, 400, 3)
    take = take_with_patch(picture, alpha=0.5)
    restorer = Restorer(restorer_file(tmp_path / "r.onnx"))
    Restoring(restorer, 0.6, 0.5)(take)
    swapped, sharper = take.roles[0].patches
    assert sharper.alpha.max() == pytest.approx(0.3, abs=0.01)
    assert np.array_equal(sharper.alpha > 0, covered([swapped], sharper) * sharper.alpha > 0)
    after = laid(laid(picture, swapped), sharper)
    free = np.ones(picture.shape[:2], bool)
    free[120:240, 140:260] = False
    assert np.array_equal(after[free], picture[free])
    alone = restorer(laid(picture, swapped), take.roles[0].seen.face.five)
    assert np.array_equal(alone.rgb, sharper.rgb)
    assert take.roles[1].patches == []


def test_how_much_patches_cover():
    box = Patch(10, 20, np.zeros((40, 50, 3), np.uint8), np.ones((40, 50), np.float32))
    one = Patch(0, 0, np.zeros((30, 30, 3), np.uint8), np.full((30, 30), 0.5, np.float32))
    far = Patch(90, 90, np.zeros((30, 30, 3), np.uint8), np.ones((30, 30), np.float32))
    found = covered([one, one, far], box)
    assert np.allclose(found[:10, :20], 0.75)
    assert found[10:].max() == found[:, 20:].max() == 0


def test_stages_come_with_their_models(place):
    with masking(request(), place) as none, restoring(request(), place) as neither:
        assert none == neither == []
    bring(place, "xseg", {"xseg_1.onnx": xseg_file})
    bring(place, "codeformer", {"codeformer.onnx": lambda path: restorer_file(path, weight="weight")})
    with (
        masking(request(), place) as (masks,),
        restoring(request(restore={"model": "codeformer"}), place) as (restore,),
    ):
        assert isinstance(masks.fn.occluder, XSeg)
        assert masks.fn.parser is None
        assert restore.fn.blend == 0.8
    with masking(request(mask={"front": False}), place) as none:
        assert none == []
    with masking(request(mask={"front": False, "regions": True}), place) as none:
        assert none == []
    assert [key for key, _ in place.host.notes] == ["face_swap.no_parser"]
    with pytest.raises(BadInput, match="XSeg"), restoring(request(restore={"model": "xseg"}), place):
        pass
    with pytest.raises(Unavailable), restoring(request(restore={"model": "gfpgan-1.4"}), place):
        pass


def test_a_video_is_the_same_on_one_thread_and_on_three(place):
    bring_all(place)
    clip = write(
        place.workdir / "clip.mp4",
        (shot(1, {"astronaut": (140 + 6 * i, 170), "mona_lisa": (340, 150 + 3 * i)}) for i in range(8)),
    )
    films = []
    for threads in (1, 3):
        place.threads = threads
        result = neural.run(request(target=str(clip)), place)
        assert (result.frames, result.swapped) == (8, 16)
        films.append([frame.rgb for frame in frames_of(Path(result.output))])
    assert all(np.array_equal(one, other) for one, other in zip(*films, strict=True))
    assert [one.key for one in place.memory.resident() if one.key.startswith("inswapper")] == ["inswapper-128"]


def test_a_request_with_masks_a_restorer_and_a_choice_by_looks(place):
    bring_all(place)
    plain = read_picture(Path(neural.run(request(), place).output)).astype(int)
    bring(place, "bisenet", {"bisenet_resnet_34.onnx": parser_file})
    bring(place, "codeformer", {"codeformer.onnx": lambda path: restorer_file(path, weight="w")})
    before = read_picture(ASTRONAUT).astype(int)
    sharper = read_picture(Path(neural.run(request(restore={"model": "codeformer"}), place).output)).astype(int)
    swapped = (plain != before).any(axis=2)
    assert (sharper != plain).any(axis=2).sum() > 0.3 * swapped.sum()
    near = cv2.dilate(swapped.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert not (sharper != before).any(axis=2)[~near].any()
    parted = read_picture(Path(neural.run(request(mask={"regions": True}), place).output)).astype(int)
    assert 0 < (parted != before).any(axis=2).sum() < 0.9 * swapped.sum()
    with place.model(FINDER, Finder) as finder:
        rgb = read_picture(ASTRONAUT)
        (face,) = finder.faces(rgb)
    guess = GenderAge(place.cards.file("buffalo-l", "genderage.onnx"))(rgb, face.box)
    mine, other = ("male", "female") if guess.male else ("female", "male")
    assert neural.run(request(only={"gender": mine}), place).swapped == 1
    for only in ({"gender": other}, {"youngest": 90}):
        with pytest.raises(BadInput):
            neural.run(request(only=only), place)


def test_who_is_meant():
    woman = Looks(male=False, age=30)
    assert meant(woman, Only(gender="female", youngest=30, oldest=30))
    assert meant(woman, Only(oldest=40))
    assert not meant(woman, Only(gender="male"))
    assert not meant(woman, Only(youngest=31))
    assert not meant(woman, Only(oldest=29))
