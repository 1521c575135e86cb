"""Published kinds of networks, as tiny files with the published names: read, told apart, refused, run in tiles."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engines.upscale import network
from engines.upscale.network import CARDS
from engines.vision.enlarge.network import CONTEXT, ByNetwork, Network, read_weights
from engines.vision.enlarge.tiles import Tiling, enlarged
from studio.cards import Cards
from studio.errors import BadInput, Cancelled, OutOfMemory, StudioError, Unavailable
from studio.memory import Residency
from studio.run import Run
from studio.settings import Settings
from studio.tasks.upscale import UpscaleRequest
from tests.upscale.art import Picture, cel_art
from tests.upscale.tiny import rrdb, save, srvgg

SHIFT = (0.2, 0.0, -0.2)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def heard(*told: object) -> None:
    """Somebody who has nothing to say."""


def place(folder: Path, weights: Path | None) -> Run:
    """A run whose own upscaler is the file of weights."""
    cards = Cards(Settings(data_dir=folder / "data"))
    if weights:
        cards.import_file("own-upscaler", weights)
    memory = Residency(lambda device: 1 << 30)
    return Run.local(folder / "work", folder / "out", cards=cards, memory=memory)


def saved(folder: Path, picture: Picture) -> str:
    Image.fromarray(picture).save(folder / "a.png")
    return str(folder / "a.png")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(
    ("weights", "kind", "step"),
    [
        (rrdb(4), "ESRGAN", 4),
        (rrdb(2), "ESRGAN", 2),
        (srvgg(4), "RealESRGAN Compact", 4),
        (srvgg(2), "RealESRGAN Compact", 2),
    ],
)
def test_kinds_are_told_by_their_weights(tmp_path: Path, weights: dict, kind: str, step: int, suffix: str) -> None:
    net = Network(save(tmp_path / f"net{suffix}", weights))
    assert (net.kind, net.step) == (kind, step)
    found = net(np.full((5, 7, 3), 0.5, np.float32), heard)
    assert found.shape == (5 * step, 7 * step, 3) and found.dtype == np.float32
    assert net.resident_bytes == sum(value.numel() * 4 for value in weights.values())


@pytest.mark.parametrize("side", [20, 32])
@pytest.mark.parametrize("alpha", [False, True])
def test_tiles_of_a_network_are_one(tmp_path: Path, side: int, alpha: bool) -> None:
    net = Network(save(tmp_path / "net.pth", rrdb(2, strength=4)))
    enlarger = ByNetwork(net, "cpu", heard)
    picture = cel_art(9300, 64)[:48]
    if alpha:
        picture = np.dstack([picture, np.where(picture[..., 0] > 100, 255, 40).astype(np.uint8)])
    many = enlarged(picture, enlarger, Tiling(side, 8), heard)
    whole = enlarged(picture, enlarger, Tiling(64, 8), heard)
    assert many.shape == (96, 128, picture.shape[2]) and whole[..., :3].std() > 3
    assert np.abs(many.astype(int) - whole).max() <= 1


def test_a_network_draws_in_its_colours(tmp_path: Path) -> None:
    """Its answer is the picture repeated, redder and less blue: a swapped channel or a lost tile would show."""
    run = place(tmp_path, save(tmp_path / "mine.safetensors", srvgg(4, shift=SHIFT)))
    picture = np.random.default_rng(0).integers(60, 190, (20, 30, 3), np.uint8)
    picture[:, 20:] = 100
    found = network.run(UpscaleRequest(source=saved(tmp_path, picture), scale=4), run)
    wanted = np.repeat(np.repeat(picture, 4, 0), 4, 1).astype(float) + np.multiply(SHIFT, 255)
    assert np.abs(np.asarray(Image.open(found.output)) - wanted).max() <= 0.51
    assert (found.width, found.height) == (120, 80) and set(run.host.cards) == {"own-upscaler"}
    half = network.run(UpscaleRequest(source=saved(tmp_path, picture), scale=2), run)
    assert np.abs(np.asarray(Image.open(half.output)) - wanted[::2, ::2]).max() <= 0.51


def test_a_picture_with_alpha(tmp_path: Path) -> None:
    run = place(tmp_path, save(tmp_path / "mine.pth", srvgg(2)))
    picture = np.random.default_rng(0).integers(60, 190, (12, 12, 4), np.uint8)
    found = network.run(UpscaleRequest(source=saved(tmp_path, picture), scale=2), run)
    assert np.array_equal(np.asarray(Image.open(found.output)), np.repeat(np.repeat(picture, 2, 0), 2, 1))


class Bomb:
    """What a picklable object can do to whoever unpickles it."""

    def __reduce__(self):
        return Path.touch, (Path("went_off"),)


def broken_zip(path: Path) -> None:
    save(path, rrdb())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def broken_safetensors(path: Path) -> None:
    whole = save(path.with_suffix(".safetensors"), rrdb()).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


WRONG = {
    "half a torch file": (broken_zip, "upscale.broken"),
    "half a safetensors file": (broken_safetensors, "upscale.broken"),
    "a web page": (lambda path: path.write_text("<html>404</html>"), "upscale.broken"),
    "code": (lambda path: torch.save({"params": Bomb()}, path), "upscale.code"),
    "code in an old file": (lambda path: path.write_bytes(pickle.dumps(Bomb(), protocol=2)), "upscale.code"),
    "another network": (lambda path: torch.save(torch.nn.Linear(3, 4).state_dict(), path), "upscale.foreign"),
    "numbers": (lambda path: torch.save([1, 2, 3], path), "upscale.foreign"),
    "half of a known kind": (
        lambda path: save(path, {name: value for name, value in rrdb().items() if "rdb2" not in name}),
        "upscale.foreign",
    ),
    "one that doesn't enlarge": (lambda path: save(path, srvgg(1)), "upscale.no_enlarger"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_upscaler_gets_a_sentence(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make, key = WRONG[what]
    make(tmp_path / "mine.pth")
    run = place(tmp_path, tmp_path / "mine.pth")
    with pytest.raises(StudioError) as refused:
        network.run(UpscaleRequest(source=saved(tmp_path, cel_art(1, 16)), model="own-upscaler"), run)
    assert refused.value.key == key
    assert "upscaler.pth" in refused.value.text("ru") and refused.value.text("zh-CN") != refused.value.text("en")
    assert not (tmp_path / "went_off").exists()


def test_cards_that_do_something_else_are_refused(tmp_path: Path) -> None:
    run = place(tmp_path, None)
    with pytest.raises(BadInput) as wrong:
        network.run(UpscaleRequest(source="a.png", model="modnet"), run)
    assert wrong.value.key == "upscale.not_an_upscaler"
    with pytest.raises(Unavailable):
        network.run(UpscaleRequest(source="a.png"), run)
    assert {run.card(card).task for card in CARDS} == {"upscale"}


def test_it_stops_inside_a_tile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large network takes long for one tile: it can be stopped between two layers."""
    run = place(tmp_path, save(tmp_path / "mine.pth", rrdb()))
    monkeypatch.setattr("engines.vision.enlarge.network.BREATH_S", 0.0)
    asked = []
    monkeypatch.setattr(run.host, "cancelled", lambda: asked.append(1) or len(asked) > 8)
    with pytest.raises(Cancelled):
        network.run(UpscaleRequest(source=saved(tmp_path, cel_art(1, 40))), run)
    assert run.host.done[0] == 0 and not list((tmp_path / "out").iterdir())
    monkeypatch.setattr(run.host, "cancelled", lambda: False)
    assert Path(network.run(UpscaleRequest(source=saved(tmp_path, cel_art(1, 40))), run).output).is_file()


def test_smaller_tiles_when_memory_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network has no room for tiles above 128 pixels, then for none at all."""
    run = place(tmp_path, save(tmp_path / "mine.pth", srvgg(2)))
    most = [128 + 2 * CONTEXT]
    real = Network.__call__

    def tight(self: Network, picture: np.ndarray, breath: object) -> np.ndarray:
        if max(picture.shape[:2]) > most[0]:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(self, picture, breath)

    monkeypatch.setattr(Network, "__call__", tight)
    picture = cel_art(9301, 300)
    found = network.run(UpscaleRequest(source=saved(tmp_path, picture)), run)
    assert np.array_equal(np.asarray(Image.open(found.output)), np.repeat(np.repeat(picture, 2, 0), 2, 1))
    assert [(key, params["side"]) for key, params in run.host.notes] == [
        ("upscale.smaller_tiles", 256),
        ("upscale.smaller_tiles", 128),
    ]
    most[0] = 0
    with pytest.raises(OutOfMemory):
        network.run(UpscaleRequest(source=saved(tmp_path, picture)), run)


def test_weights_are_what_was_saved(tmp_path: Path) -> None:
    weights = srvgg(2)
    assert read_weights(save(tmp_path / "a.safetensors", weights)).keys() == weights.keys()
    assert read_weights(save(tmp_path / "a.pth", weights))["params_ema"].keys() == weights.keys()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_half_precision_on_a_card_is_near(tmp_path: Path) -> None:
    path = save(tmp_path / "net.pth", rrdb(4, strength=4))
    picture = cel_art(9302, 64).astype(np.float32) / 255
    here, there = Network(path)(picture, heard), Network(path, device="cuda:0")(picture, heard)
    assert np.abs(here - there).max() < 0.02
