"""Filling, refining and styles by diffusion, with tiny models of the real architectures."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from engines.diffusion.depth import depth_map
from engines.inpaint import diffusion as filling
from engines.refine import diffusion as refining
from engines.stylize import diffusion as styling
from engines.upscale.diffusion import starts
from engines.views import diffusion as drawing_views
from engines.views.drawn import run as drawn_views
from studio.cards import Cards
from studio.engine import Means, choose
from studio.errors import BadInput
from studio.memory import Residency
from studio.run import Run
from studio.tasks.inpaint import InpaintRequest
from studio.tasks.refine import RefineRequest
from studio.tasks.stylize import StylizeRequest
from studio.tasks.upscale import UpscaleRequest
from studio.tasks.views import ViewsRequest
from tests.diffusion.cards import family, install, run_with
from tests.diffusion.conftest import Zoo
from tests.diffusion.scenes import PLENTY, Watched, difference, picture

QUICK = {"model": "sd15", "steps": 2}
HEIGHT, WIDTH = 80, 112
HOLE = np.s_[24:56, 40:80]


def make_depth(folder: Path) -> Path:
    """A Depth Anything's folder."""
    torch.manual_seed(3)
    backbone = Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=56,
        patch_size=14,
        out_features=[f"stage{number}" for number in range(1, 5)],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    sizes = {"reassemble_hidden_size": 16, "neck_hidden_sizes": [8, 8, 8, 8], "fusion_hidden_size": 8}
    config = DepthAnythingConfig(backbone_config=backbone, patch_size=14, head_hidden_size=8, **sizes)
    DepthAnythingForDepthEstimation(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def cards(zoo: Zoo, tmp_path_factory: pytest.TempPathFactory) -> Cards:
    """A model with all its parts."""
    home = tmp_path_factory.mktemp("mending")
    nets = {"depth": zoo.controlnet, "canny": zoo.controlnet, "pose": zoo.controlnet}
    wanted = family("sd15", zoo.sd15, adapter=zoo.adapter_plus, vision=zoo.vision, **nets)
    wanted["sight"] = make_depth(home / "sight"), {"kind": "depth"}
    return install(home, wanted)


@pytest.fixture(scope="module")
def memory() -> Residency:
    return Residency(lambda device: PLENTY)


@pytest.fixture
def bench(cards: Cards, memory: Residency, tmp_path: Path) -> tuple[Run, Watched]:
    return run_with(cards, tmp_path, memory)


def saved(run: Run, name: str, pixels: np.ndarray) -> str:
    path = run.workdir / f"{name}.png"
    Image.fromarray(pixels).save(path)
    return str(path)


def read(path: str) -> np.ndarray:
    return np.asarray(Image.open(path))


def filled(run: Run, **asked: Any) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[HOLE] = 255
    given = {"picture": saved(run, "a", picture(1, HEIGHT, WIDTH)), "mask": saved(run, "mask", mask)}
    return read(filling.run(InpaintRequest(**{**given, "diffusion": QUICK, **asked}), run).output)


def test_a_hole_is_drawn_from_words_and_maps(bench: tuple[Run, Watched]) -> None:
    run, host = bench
    own = picture(1, HEIGHT, WIDTH)
    plain = filled(run, prompt="a red hat")
    outside = np.ones((HEIGHT, WIDTH), np.bool_)
    outside[HOLE] = False
    assert np.array_equal(plain[outside], own[outside])
    assert difference(plain[HOLE], own[HOLE]) > 3
    assert np.array_equal(filled(run, prompt="a red hat"), plain), "the same seed gives the same picture"
    for other in ({"prompt": "snow"}, {"guide": "depth"}, {"guide": "lines"}, {"strength": 0.3}):
        assert difference(filled(run, **{"prompt": "a red hat", **other})[HOLE], plain[HOLE]) > 0.05, other
    assert not host.notes and {"sd15", "sd15-depth", "sight"} <= set(host.cards)


def test_what_isnt_installed_is_noted(zoo: Zoo, memory: Residency, tmp_path: Path) -> None:
    run, host = run_with(install(tmp_path, family("sd15", zoo.sd15)), tmp_path, memory)
    for guide in ("depth", "lines"):
        filled(run, guide=guide)
    styled(run, picture(3))
    refined(run, boxes=("face:40,40,30,30",), reference=saved(run, "face", picture(4)))
    keys = {key for key, _ in host.notes}
    assert keys == {"diffusion.no_depth", "diffusion.no_canny", "diffusion.no_pictures"}


def test_a_margin_is_drawn_beside_the_picture(bench: tuple[Run, Watched]) -> None:
    run, host = bench
    made = filled(run, mask=None, grow={"right": 25, "unit": "percent"})
    assert made.shape == (HEIGHT, WIDTH + 28, 3) and made[:, WIDTH:].std() > 1
    assert np.array_equal(made[:, :WIDTH], picture(1, HEIGHT, WIDTH))
    assert host.steps[-1][0] == host.steps[-1][1]


def refined(run: Run, **asked: Any) -> np.ndarray:
    wanted = {"picture": saved(run, "b", picture(2, 128, 160)), "boxes": ("face:40,40,30,30", "hand:110,70,24,24")}
    return read(refining.run(RefineRequest(**{**wanted, "diffusion": QUICK, **asked}), run).output).astype(int)


def test_faces_and_hands_are_drawn_anew_and_nothing_else(bench: tuple[Run, Watched]) -> None:
    run, host = bench
    own = picture(2, 128, 160).astype(int)
    made = refined(run)
    face, hand = np.s_[45:65, 45:65], np.s_[74:90, 114:130]
    assert difference(made[face], own[face]) > 2 and difference(made[hand], own[hand]) > 2
    made[29:81, 29:81], made[61:103, 101:143] = own[29:81, 29:81], own[61:103, 101:143]
    assert np.array_equal(made, own)
    assert np.array_equal(refined(run, strength=0), own)
    plain, alike = refined(run), refined(run, reference=saved(run, "face", picture(9)))
    assert difference(plain[face], alike[face]) > 0.05 and np.array_equal(plain[hand], alike[hand])
    assert RefineRequest(picture="a", reference="b").asks_rights() and not RefineRequest(picture="a").asks_rights()
    done = [done / total for done, total in host.steps if total]
    assert max(done) == 1 and not host.notes


def edged() -> np.ndarray:
    """Soft patches with hard-edged bars before them."""
    pixels = picture(5, 64, 96).copy()
    pixels[:, 10:90:20] = 0
    pixels[:, 11:90:20] = 255
    return pixels


def styled(run: Run, style: np.ndarray, **asked: Any) -> np.ndarray:
    given = {"picture": saved(run, "c", edged()), "style": saved(run, "style", style)}
    return read(styling.run(StylizeRequest(**{**given, "diffusion": QUICK, **asked}), run).output)


def test_a_style_leads_and_lines_hold(bench: tuple[Run, Watched]) -> None:
    run, host = bench
    plain = styled(run, picture(6))
    assert plain.shape == (64, 96, 3) and difference(plain, edged()) > 3
    for style, other in ((picture(7), {}), (picture(6), {"lines": 0})):
        assert difference(styled(run, style, **other), plain) > 0.02, other
    weak, strong = (styled(run, picture(6), strength=k, diffusion=QUICK | {"steps": 4}) for k in (0.05, 1.0))
    assert difference(weak, strong) > 0.02
    grey = np.repeat(picture(5, 64, 96)[..., :1], 3, axis=2)
    wanted = {"picture": saved(run, "grey", grey), "style": saved(run, "style", picture(6)), "diffusion": QUICK}
    own = read(styling.run(StylizeRequest(**wanted, colours=0), run).output)
    assert np.ptp(own.astype(int), axis=2).mean() < 8 and not host.notes


def test_views_take_after_the_front_one_and_keep_their_outline(bench: tuple[Run, Watched]) -> None:
    run, host = bench

    def made(engine: Any, **asked: Any) -> list[np.ndarray]:
        given = {"width": 640, "expressions": 4, "parts": ("hair/bob", "top/shirt", "bottom/jeans"), "diffusion": QUICK}
        found = engine(ViewsRequest(**{**given, **asked}), run)
        return [read(found.output), *(read(view.picture) for view in found.views)]

    plain, faint, strong = made(drawn_views), made(drawing_views.run), made(drawing_views.run, strength=1)
    for own, some, more in zip(plain[1:], faint[1:], strong[1:], strict=True):
        assert own.shape == some.shape
        inside = (own[..., 3] > 127) & (some[..., 3] > 127)
        assert inside.sum() > 0.97 * (own[..., 3] > 127).sum()
        assert min(difference(one[inside], own[inside]) for one in (some, more)) > 2
        assert difference(some[inside], more[inside]) > 2
    titles, faces = np.s_[:40], np.s_[315:420, 15:420]
    assert np.array_equal(plain[0][titles], strong[0][titles]) and difference(plain[0][faces], strong[0][faces]) > 2
    assert not host.notes
    done = [done / total for done, total in host.steps if total]
    assert max(done) == 1


def test_an_enlarged_picture_gets_new_details_without_seams(bench: tuple[Run, Watched]) -> None:
    run, host = bench
    small = saved(run, "small", picture(4, 48, 80))

    def large(**asked: Any) -> np.ndarray:
        request = UpscaleRequest(source=small, diffusion=QUICK, **asked)
        return read(choose("upscale", request, run.means).found.run(request, run).output)  # type: ignore[misc]

    plain, made = large(), large(redraw=0.5)
    assert plain.shape == made.shape == (96, 160, 3)
    change = made.astype(int) - plain
    assert difference(made, plain) > 2
    columns = np.abs(np.diff(change, axis=1)).mean((0, 2))
    assert columns.max() < 4 * np.median(columns), "no step where tiles meet"
    done = [done / total for done, total in host.steps if total]
    assert max(done) == 1


def test_tiles_overlap_and_reach_both_ends() -> None:
    for length, side in ((64, 64), (65, 64), (200, 64), (1000, 512)):
        found = [*starts(length, side)]
        assert found[0] == 0 and found[-1] + side == length
        assert all(later - before <= side * 0.75 + 1 for before, later in pairwise(found))


def test_the_model_is_chosen_when_it_is_there(cards: Cards, bench: tuple[Run, Watched]) -> None:
    asked = (
        ("inpaint", InpaintRequest(picture="a", mask="b")),
        ("refine", RefineRequest(picture="a")),
        ("views", ViewsRequest()),
        ("stylize", StylizeRequest(picture="a", style="b")),
    )
    for task, request in asked:
        here = choose(task, request, Means(cards.installed, cards.of_kind)).engine
        nowhere = choose(task, request, Means(lambda card: False)).engine
        assert here.name == "diffusion" and nowhere.name != "diffusion" and here.generative
        named = type(request).model_validate(request.model_dump() | {"diffusion": {"model": "sd15"}})
        assert named.wanted_engine() == "diffusion"
    with pytest.raises(BadInput) as refused:
        filled(bench[0], diffusion={"model": "sight"})
    assert refused.value.key == "diffusion.not_a_model"


def test_depth_is_a_map_of_the_picture_or_a_sentence(
    bench: tuple[Run, Watched], zoo: Zoo, tmp_path: Path, memory: Residency
) -> None:
    found = depth_map(bench[0], picture(1, HEIGHT, WIDTH))
    assert found is not None and found.shape == (HEIGHT, WIDTH, 3) and (found.min(), found.max()) == (0, 255)
    other = depth_map(bench[0], picture(8, HEIGHT, WIDTH))
    assert other is not None and difference(found, other) > 1
    wrong = install(tmp_path / "wrong", {"blind": (zoo.vision, {"kind": "depth"})})
    with pytest.raises(BadInput) as refused:
        depth_map(run_with(wrong, tmp_path, memory)[0], picture(1))
    assert refused.value.key == "diffusion.part_foreign"
