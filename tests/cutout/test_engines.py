"""Cutting out by colours, and by Segment Anything networks made by the real classes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from engines.cutout import grabcut, segment
from engines.vision.pick.hints import checked
from engines.vision.pick.sam import Sam
from studio.cards import Cards
from studio.engine import Means, choose, discover
from studio.errors import BadInput, Unavailable
from studio.memory import Residency
from studio.run import Run
from studio.settings import Settings
from studio.tasks.cutout import CutoutRequest, CutoutResult
from tests.cutout.tiny_sam import SIDE, make_sam, make_sam2

MEMORY = Residency(lambda device: 1 << 32)
BALL, MOON = (35, 55, 85, 105), (105, 15, 135, 45)
RED = (210, 60, 50)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A red ball and a blue moon before grass, with smooth edges, and their true outlines."""
    folder = tmp_path_factory.mktemp("cutout")
    grain = np.random.default_rng(0).normal(0, 9, (120, 160, 1))
    ground = np.clip(np.array([90, 140, 80]) + grain, 0, 255).astype(np.uint8)
    picture = Image.fromarray(ground)
    for name, box, colour in (("ball", BALL, RED), ("moon", MOON, (60, 70, 200))):
        outline = Image.new("L", (640, 480))
        ImageDraw.Draw(outline).ellipse([4 * side for side in box], fill=255)
        outline = outline.resize((160, 120), Image.Resampling.LANCZOS)
        picture.paste(colour, (0, 0), outline)
        outline.save(folder / f"{name}.png")
    picture.save(folder / "picture.png")
    return folder


def cut(folder: Path, place: Path, engine=grabcut, picture="picture.png", cards=None, **asked) -> CutoutResult:
    run = Run.local(folder / "work", folder / "out", seed=1, memory=MEMORY, cards=cards)
    return engine.run(CutoutRequest(picture=str(place / picture), **asked), run)


def alpha(result: CutoutResult) -> np.ndarray:
    return np.array(Image.open(result.output))[..., 3] / 255


def outline(place: Path, name: str) -> np.ndarray:
    return np.array(Image.open(place / f"{name}.png")) / 255


def agree(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.minimum(one, other).sum() / np.maximum(one, other).sum())


@pytest.mark.parametrize(
    ("hints", "name"),
    [(("box:30,50,60,60",), "ball"), (("in:60,80",), "ball"), (("in:120,30",), "moon"), (("out:120,30",), "ball")],
)
def test_a_box_or_a_point_says_what_is_meant(tmp_path, place, hints, name):
    made = cut(tmp_path, place, hints=hints)
    assert agree(alpha(made), outline(place, name)) > 0.95
    assert (np.array(Image.open(made.mask)) / 255 == alpha(made)).all()


def test_the_edge_is_soft_and_of_its_own_colour(tmp_path, place):
    made = np.array(Image.open(cut(tmp_path, place, hints=("box:30,50,60,60",)).output)).astype(int)
    rim = (made[..., 3] > 40) & (made[..., 3] < 215)
    assert rim.sum() > 50
    kept = np.array(Image.open(cut(tmp_path / "b", place, hints=("box:30,50,60,60",), clean=False).output)).astype(int)
    away, before = (np.abs(one[rim][:, :3] - RED).mean() for one in (made, kept))
    assert away < 0.5 * before, (away, before)


def test_a_brush_says_what_is_meant(tmp_path, place):
    strokes = Image.new("RGBA", (160, 120))
    ImageDraw.Draw(strokes).line((45, 80, 75, 80), fill="white", width=5)
    ImageDraw.Draw(strokes).line((100, 30, 145, 30), fill="black", width=20)
    strokes.save(tmp_path / "strokes.png")
    assert agree(alpha(cut(tmp_path, place, mask=str(tmp_path / "strokes.png"))), outline(place, "ball")) > 0.95
    rough = Image.new("L", (80, 60))
    ImageDraw.Draw(rough).ellipse((17, 27, 43, 53), fill=255)
    rough.save(tmp_path / "rough.png")
    assert agree(alpha(cut(tmp_path, place, mask=str(tmp_path / "rough.png"))), outline(place, "ball")) > 0.95


def test_without_hints_what_stands_before_the_rim_is_taken(tmp_path, place):
    both = np.maximum(outline(place, "ball"), outline(place, "moon"))
    assert agree(alpha(cut(tmp_path, place)), both) > 0.95
    Image.new("RGB", (40, 30), "teal").save(tmp_path / "plain.png")
    assert cut(tmp_path, tmp_path, picture="plain.png").share == 1.0
    clear = Image.open(place / "picture.png").convert("RGBA")
    clear.putalpha(Image.open(place / "moon.png"))
    clear.save(tmp_path / "clear.png")
    assert agree(alpha(cut(tmp_path, tmp_path, picture="clear.png")), outline(place, "moon")) == 1.0


def test_hints_that_go_not_with_the_picture_are_refused(tmp_path, place):
    Image.new("L", (50, 120), 255).save(tmp_path / "narrow.png")
    Image.new("L", (160, 120), 0).save(tmp_path / "empty.png")
    (tmp_path / "words.png").write_text("no picture")
    for key, asked in (
        ("cutout.other_shape", {"mask": str(tmp_path / "narrow.png")}),
        ("cutout.empty_mask", {"mask": str(tmp_path / "empty.png")}),
        ("media.unreadable", {"mask": str(tmp_path / "words.png")}),
        ("cutout.beside", {"hints": ("in:160,10",)}),
        ("cutout.beside", {"hints": ("box:0,120,10,10",)}),
    ):
        with pytest.raises(BadInput) as refused:
            cut(tmp_path, place, **asked)
        assert refused.value.key == key and refused.value.text("ru") != refused.value.text("en")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sam")
    makers = {"sam": make_sam, "sam2": make_sam2, "video": lambda place: make_sam2(place, video=True)}
    return {name: make(folder / name) for name, make in makers.items()}


def library_answer(folder: Path, rgb: np.ndarray, *, point=None, box=None) -> np.ndarray:
    """What the transformers library's own processor and model make of a picture of the network's size."""
    from transformers import Sam2ImageProcessor, Sam2Model, Sam2Processor, SamImageProcessor, SamModel, SamProcessor

    square = {"height": SIDE, "width": SIDE}
    if folder.name == "sam":
        looks: object = SamImageProcessor(size={"longest_edge": SIDE}, pad_size=square)
        processor, kind = SamProcessor(looks), SamModel
    else:
        processor, kind = Sam2Processor(Sam2ImageProcessor(size=square), target_size=SIDE), Sam2Model
    points = None if point is None else [[list(point)]] if folder.name == "sam" else [[[list(point)]]]
    given = processor(
        images=rgb, input_points=points, input_boxes=None if box is None else [[list(box)]], return_tensors="pt"
    )
    model = kind.from_pretrained(folder, local_files_only=True).eval()
    with torch.inference_mode():
        answer = model(
            **{name: part for name, part in given.items() if not name.endswith("_sizes")},
            multimask_output=point is not None,
        )
    best = int(answer.iou_scores[0, 0].argmax())
    sizes = [given[name] for name in ("original_sizes", "reshaped_input_sizes") if name in given]
    masks = processor.post_process_masks(answer.pred_masks, *sizes, binarize=False)
    return torch.sigmoid(masks[0][0, best]).numpy()


@pytest.mark.parametrize("kind", ["sam", "sam2", "video"])
def test_a_network_answers_as_the_library_itself_has_it(tiny, kind):
    shape = (96, SIDE) if kind == "sam" else (SIDE, SIDE)
    rgb = np.random.default_rng(3).integers(0, 255, (*shape, 3)).astype(np.uint8)
    sam = Sam(tiny[kind], name=kind)
    ours = sam(rgb, checked(*shape, "x", box=(20, 10, 60, 50)))
    theirs = library_answer(tiny[kind], rgb, box=(20, 10, 80, 60))
    assert ours.std() > 0.005 and np.abs(ours - theirs).max() < 0.01
    ours = sam(rgb, checked(*shape, "x", inside=((40, 30),)))
    assert np.abs(ours - library_answer(tiny[kind], rgb, point=(40.5, 30.5))).max() < 0.01


def test_a_picture_is_looked_at_once(tiny):
    sam, seen = Sam(tiny["sam2"], name="x"), []
    sam._model.vision_encoder.register_forward_hook(lambda *_: seen.append(1))
    pictures = np.random.default_rng(1).integers(0, 255, (6, 50, 60, 3)).astype(np.uint8)
    for x in (5, 30, 50):
        sam(pictures[0], checked(50, 60, "x", inside=((x, 20),)))
    assert len(seen) == 1 and sam.knows(pictures[0])
    for picture in pictures[1:]:
        sam(picture, checked(50, 60, "x"))
    assert len(seen) == 6 and not sam.knows(pictures[0])


@pytest.fixture
def cards(tmp_path, tiny) -> Cards:
    cards = Cards(Settings(data_dir=tmp_path / "data"))
    for card, kind in (("sam-vit-base", "sam"), ("sam2.1-hiera-tiny", "video")):
        for file in cards.get(card).files:
            cards.import_file(card, tiny[kind] / file.name)
    return cards


def test_the_card_cuts_where_it_is_asked(tmp_path, place, cards, monkeypatch):
    """Without a network; where the brush says something, no network is asked."""
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))
    mask = Image.fromarray(np.where(outline(place, "ball") > 0.5, 255, 0).astype(np.uint8))
    mask.save(tmp_path / "mask.png")
    away = np.hypot(*(np.indices((120, 160)) - np.array([80, 60])[:, None, None])) - 25
    for model in ("sam-vit-base", None):
        made = cut(tmp_path, place, segment, cards=cards, model=model, mask=str(tmp_path / "mask.png"), clean=False)
        assert alpha(made)[away < -6].min() > 0.9 and alpha(made)[away > 6].max() < 0.1


def test_the_better_engine_is_chosen_when_a_card_is_there():
    request = CutoutRequest(picture="a")
    assert choose("cutout", request, Means(installed=lambda card: card == "sam-vit-large")).engine.name == "segment"
    assert choose("cutout", request, Means(installed=lambda card: False)).engine.name == "grabcut"
    assert not [found.broken for found in discover("cutout") if found.broken]


def test_a_foreign_or_half_model_is_refused(tmp_path, place, tiny, cards):
    from safetensors.torch import load_file, save_file

    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.json").write_bytes((tiny["sam"] / "config.json").read_bytes())
    parts = load_file(tiny["sam"] / "model.safetensors")
    save_file({name: part for name, part in parts.items() if "vision" in name}, tmp_path / "half" / "model.safetensors")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text('{"model_type": "bert"}')
    for name in ("half", "other"):
        with pytest.raises(Unavailable) as foreign:
            Sam(tmp_path / name, name=name)
        assert foreign.value.key == "cutout.foreign"
    with pytest.raises(BadInput) as wrong:
        cut(tmp_path, place, segment, cards=cards, model="modnet")
    assert wrong.value.key == "cutout.no_segmenter"
