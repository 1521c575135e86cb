"""The chain's drawing by diffusion, with tiny models of the real architectures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from engines.character._drawn import Drawn
from engines.character.diffusion import ENGINE, painted
from engines.character.diffusion import run as chain
from engines.diffusion import kit as kits
from engines.diffusion.kinds import Family
from engines.figure.character import Character as Figure
from engines.figure.layers import REGIONS
from studio.cards import SHIPPED, Cards, read_cards
from studio.engine import Means, choose
from studio.errors import BadInput, Cancelled, NotFound, StudioError, Unavailable
from studio.memory import Residency
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest
from tests.diffusion.cards import family, install, run_with
from tests.diffusion.conftest import Zoo, no_network, one_thread  # noqa: F401
from tests.diffusion.scenes import PLENTY

SMALL = 256
IDEA = "a girl with a high ponytail, a long coat and a sword in a flower meadow"
SHEET = Sheet(lines=(Line(section="subject", text="girl", slot="presence"), Line(section="hair", text="ponytail")))
MEMORY = Residency(lambda device: PLENTY)


@pytest.fixture(scope="module")
def cards(zoo: Zoo, tmp_path_factory: pytest.TempPathFactory) -> Cards:
    """All tiny models, installed."""
    wanted = family(
        "sd15",
        zoo.sd15,
        adapter=zoo.adapter_plus,
        vision=zoo.vision,
        pose=zoo.controlnet,
        lora=zoo.lora,
        lcm=zoo.lora_kohya,
        tiny=zoo.tiny_vae,
    )
    wanted |= family("sdxl", zoo.sdxl, adapter=zoo.adapter_sdxl, vision=zoo.vision, union=zoo.union, lora=zoo.lora_sdxl)
    large = family("sd15-large", zoo.sd15)
    large["sd15-large"][1]["side"] = 192
    return install(tmp_path_factory.mktemp("all"), wanted | large)


@pytest.fixture(scope="module")
def figure(cards: Cards, tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """A figure with its parts in their places, whose whole drawing is made once."""
    run, _ = run_with(cards, tmp_path_factory.mktemp("figure"), MEMORY)
    made = chain(CharacterRequest(engine="drawn", idea=IDEA, until="library", height=SMALL), run).character
    drawn = Drawn(Figure(**made.model_dump()), SMALL)
    whole = drawn.whole()
    object.__setattr__(drawn, "whole", lambda: whole)
    return drawn


@pytest.fixture(scope="module")
def draw(cards: Cards, figure: Drawn, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Step 4 alone: the picture, and what stood behind the run that made it."""

    def drawing(
        sheet: Sheet = SHEET, *, seed: int = 5, own: dict[str, Any] | None = None, among: Any = None, **told: Any
    ):
        run, host = run_with(among or cards, tmp_path_factory.mktemp("drawn"), MEMORY, seed)
        request = CharacterRequest(
            height=SMALL, diffusion={"model": "sd15", "steps": 2, "strength": 1, "follow": 0, "pose": 0, **told}
        )
        shown = figure
        if own:
            shown = Drawn(figure.figure, SMALL, own=own)
            object.__setattr__(shown, "whole", figure.whole)
        return painted(request, shown, sheet, run).astype(int), host

    return drawing


@pytest.fixture(scope="module")
def bare(draw) -> np.ndarray:
    return draw()[0]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_the_whole_chain_draws_with_either_architecture(cards: Cards, tmp_path: Path, name: str) -> None:
    run, host = run_with(cards, tmp_path, MEMORY)
    settings = {"model": name, "steps": 3, "strength": 1, "pose": 0.8, "loras": f"{name}-lora:0.5"}
    asked = CharacterRequest(idea=IDEA, height=SMALL, until="draw", diffusion=settings)
    assert asked.wanted_engine() == "diffusion"
    made = chain(asked, run)
    assert np.array(Image.open(made.drawing)).shape == (SMALL, round(SMALL * 2 / 3), 3)
    assert host.notes == [] and set(host.cards) >= {name, f"{name}-adapter", f"{name}-vision", f"{name}-lora"}
    drawing = [done for done, total in host.steps if total == 4000]
    assert drawing == sorted(drawing) and {3333, 3667, 4000} <= set(drawing)
    assert host.previews and host.previews[0].startswith(b"\xff\xd8")


def test_the_same_seed_gives_the_same_picture(draw, bare: np.ndarray) -> None:
    assert (draw()[0] == bare).all() and difference(draw(seed=6)[0], bare) > 1


def test_a_regions_picture_changes_its_region_far_more_than_the_rest(draw, figure: Drawn) -> None:
    told = {"model": "sd15-large", "regions": "torso:2", "steps": 3}
    pictures = [np.full((64, 64, 3), colour, np.uint8) for colour in ((250, 20, 20), (10, 40, 240))]
    one, other = (draw(own={"torso": picture}, **told)[0] for picture in pictures)
    changed = np.abs(one - other).mean(-1)
    torso = figure.labels == REGIONS.index("torso")
    edge = cv2.dilate(torso.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    ratio = changed[torso].mean() / changed[~edge].mean()
    assert ratio > 2.5, f"{ratio:.2f}; untrained networks blur, 3.0 was measured"


def test_a_style_picture_reaches_everywhere(draw, figure: Drawn, tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 60, 3), (240, 30, 10), np.uint8)).save(tmp_path / "style.png")
    told = {"style_picture": str(tmp_path / "style.png")}
    changed = np.abs(draw(style=2, **told)[0] - draw(style=0, **told)[0]).mean(-1)
    parts = [changed[figure.labels == REGIONS.index(name)].mean() for name in ("face", "torso", "legs", "background")]
    assert min(parts) > 0.25 * max(parts) > 0


def test_long_prompts_and_weights_act(draw) -> None:
    def sheet(last: str, weight: float) -> Sheet:
        long = [Line(section="outfit", text=f"a very long coat with {number} silver buttons") for number in range(12)]
        return Sheet(lines=(*SHEET.lines, *long, Line(section="pose", text=last, weight=weight)))

    first = draw(sheet("running", 1.0))[0]
    assert difference(draw(sheet("sleeping", 1.0))[0], first) > 0.2
    assert difference(draw(sheet("running", 1.6))[0], first) > 0.05


def test_a_lora_of_scale_zero_is_none(draw, bare: np.ndarray) -> None:
    assert difference(draw(loras="sd15-lora:1")[0], bare) > 0.2
    assert (draw(loras="sd15-lora:0")[0] == bare).all()


def test_a_speed_wears_its_own_lora(draw) -> None:
    _, host = draw(speed="lcm")
    assert "sd15-lcm" in host.cards and host.notes == []
    _, host = draw(speed="hyper")
    assert [key for key, _ in host.notes] == ["diffusion.speed_alone"]


def test_maps_hold_the_drawing(draw) -> None:
    told = {"model": "sdxl", "guidance": 1.0}
    bare = draw(**told)[0]
    held = {name: draw(**told, **{name: 1.0})[0] for name in ("pose", "lines", "depth")}
    apart = [difference(picture, bare) for picture in held.values()]
    apart += [difference(held["pose"], held["depth"]), difference(held["pose"], held["lines"])]
    assert min(apart) > 0.2, apart


def test_what_is_not_installed_is_left_out_with_a_note(draw, zoo: Zoo, tmp_path: Path) -> None:
    alone = install(tmp_path / "alone", family("sd15", zoo.sd15))
    picture, host = draw(among=alone, follow=0.7, pose=0.8, lines=0.5)
    assert picture.shape[0] == SMALL
    assert [key for key, _ in host.notes] == ["diffusion.no_regions", "diffusion.no_pose", "diffusion.no_lineart"]


def test_cancelling_takes_effect_within_one_step(cards: Cards, figure: Drawn, tmp_path: Path) -> None:
    run, host = run_with(cards, tmp_path, MEMORY)
    host.stop_after = 3
    request = CharacterRequest(height=SMALL, diffusion={"model": "sd15", "steps": 12, "strength": 1, "pose": 0})
    with pytest.raises(Cancelled):
        painted(request, figure, SHEET, run)
    assert len(host.steps) == 3


def test_without_a_background_the_figure_stands_free(cards: Cards, figure: Drawn, tmp_path: Path) -> None:
    free = Drawn(figure.figure, SMALL, backdrop=False)
    run, _ = run_with(cards, tmp_path, MEMORY)
    settings = {"model": "sd15", "steps": 2, "pose": 0}
    made = painted(CharacterRequest(height=SMALL, backdrop=False, diffusion=settings), free, SHEET, run)
    assert made.shape[2] == 4 and made[:4, :, 3].max() == 0
    assert made[..., 3][figure.labels == REGIONS.index("face")].mean() > 240


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("pickle", "is a pickle"),
        ("half", "only half there"),
        ("page", "holds no model weights"),
        ("other", "of the kind lora"),
    ],
)
def test_files_that_are_no_model_are_told(draw, zoo: Zoo, tmp_path: Path, bad: str, told: str) -> None:
    weights = zoo.lora.read_bytes()
    data = {"pickle": b"PK\x03\x04 and more", "half": weights[: len(weights) // 2], "page": b"<!doctype html>" * 9}
    (tmp_path / "model.safetensors").write_bytes(data.get(bad, weights))
    cards = install(tmp_path / "bad", family("sd15-bad", tmp_path / "model.safetensors"))
    with pytest.raises(BadInput) as caught:
        draw(among=cards, model="sd15-bad")
    assert told in caught.value.text() and "model.safetensors" in caught.value.text()


@pytest.mark.parametrize(
    ("settings", "kind", "told"),
    [
        ({"loras": "sdxl-lora"}, BadInput, "SDXL"),
        ({"loras": "sd15-adapter"}, BadInput, "of the kind ip_adapter"),
        ({"loras": "nobody"}, NotFound, "nobody"),
        ({"model": "sd15-lora"}, BadInput, "another kind"),
        ({"model": "nobody"}, NotFound, "nobody"),
    ],
)
def test_what_does_not_fit_is_told(draw, settings: dict[str, Any], kind: type[StudioError], told: str) -> None:
    with pytest.raises(kind) as caught:
        draw(**settings)
    assert told in caught.value.text()


@pytest.mark.parametrize(
    "wrong",
    [
        {"strength": 0},
        {"follow": 3},
        {"steps": 101},
        {"guidance": -1},
        {"clip_skip": 9},
        {"speed": "warp"},
        {"loras": "a:b"},
        {"loras": "a:9"},
        {"loras": ",".join(f"a{number}" for number in range(9))},
        {"regions": "tail:1"},
        {"regions": "hair:-1"},
        {"nothing": 1},
    ],
)
def test_settings_have_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CharacterRequest(diffusion=wrong)


def test_an_engine_is_chosen_by_what_is_installed_and_asked(cards: Cards) -> None:
    means = Means(cards.installed, cards.of_kind)
    for request, wanted in (
        ({}, "diffusion"),
        ({"diffusion": {"model": "drawn"}}, "drawn"),
        ({"engine": "drawn"}, "drawn"),
    ):
        assert choose("character", CharacterRequest(**request), means).engine.name == wanted
    nothing = Means(lambda card: False)
    assert choose("character", CharacterRequest(), nothing).engine.name == "drawn"
    with pytest.raises(Unavailable):
        choose("character", CharacterRequest(diffusion={"model": "sdxl"}), nothing)


def test_shipped_cards_hang_together() -> None:
    shipped = read_cards(SHIPPED)
    told = {card.id: card.capabilities for card in shipped.values() if card.task == kits.HOME}
    assert all(told[card]["kind"] == kits.KIND for card in ENGINE.models)
    kinds = ("diffusion", "ip-adapter", "clip-vision", "controlnet", "lora", "tiny-vae")
    assert set(kinds) <= {one["kind"] for one in told.values()}
    assert {told[card].get("family", "sdxl") for card in ENGINE.models} == set(kits.FAMILIES.values())
    assert set(kits.FAMILIES) == {Family.SD15, Family.SDXL}
    for one in told.values():
        if one["kind"] == "ip-adapter":
            assert told[one["vision"]]["kind"] == "clip-vision"
    for family_name in kits.FAMILIES.values():
        nets = [one["maps"] for one in told.values() if one["kind"] == "controlnet" and one["family"] == family_name]
        assert {"pose", "canny", "lineart", "depth"} <= {name for maps in nets for name in maps}
    assert json.dumps(told)
