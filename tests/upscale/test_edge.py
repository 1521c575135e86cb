"""The built-in upscaler: nearer to the truth than Lanczos, and the whole way from file to file."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from engines.upscale import edge
from engines.vision.enlarge.edge import FILE, Edge
from engines.vision.enlarge.tiles import Tiling, enlarged
from studio.cli import DONE, main
from studio.engine import Means, choose, discover
from studio.errors import BadInput, Cancelled, LimitReached
from studio.memory import Residency
from studio.provenance import read
from studio.run import Run
from studio.tasks.upscale import UpscaleRequest
from tests.studio.conftest import place_of_work
from tests.upscale.art import Picture, cel_art
from tests.upscale.measure import cels, figures, lanczos, lines, painting, psnr, smaller, ssim

__all__ = ["place_of_work"]
MEMORY = Residency(lambda device: 1 << 30)


def larger(picture: Picture, passes: int = 1) -> Picture:
    enlarger = Edge()
    for _ in range(passes):
        picture = enlarged(picture, enlarger, Tiling(256, 64), lambda done, tile: None)
    return picture


@pytest.fixture
def place(tmp_path: Path) -> Run:
    return Run.local(tmp_path / "work", tmp_path / "out", threads=1, memory=MEMORY)


def saved(folder: Path, picture: Picture, name: str = "drawing.png", **how: object) -> str:
    Image.fromarray(picture).save(folder / name, **how)
    return str(folder / name)


@pytest.mark.parametrize("way", ["area", "bicubic"])
@pytest.mark.parametrize(("kind", "gain"), [("lines", 4.0), ("cels", 3.0), ("figures", 2.5), ("painting", 0.1)])
def test_it_is_nearer_than_lanczos(kind: str, gain: float, way: str) -> None:
    """On pictures that it was not taught by. The gain is in dB."""
    pictures = {"lines": lines, "cels": cels, "figures": figures, "painting": lambda: [painting()]}[kind]()
    small = [smaller(picture, way) for picture in pictures]
    ours, theirs = [larger(one) for one in small], [lanczos(one) for one in small]
    better = [psnr(a, true) - psnr(b, true) for a, b, true in zip(ours, theirs, pictures, strict=True)]
    assert min(better) > 0 and np.mean(better) > gain
    assert np.mean([ssim(a, true) - ssim(b, true) for a, b, true in zip(ours, theirs, pictures, strict=True)]) > 0


def test_twice_two_is_nearer_than_lanczos_by_four() -> None:
    for true in (lines()[0], cels()[0]):
        small = smaller(true, "area", 4)
        assert psnr(larger(small, passes=2), true) > psnr(lanczos(small, 4), true) + 0.5


def test_edges_do_not_ring() -> None:
    """A smooth edge between two greys gets no halo; from a hard one nothing is off beyond two pixels of the result."""
    edges = np.full((2, 24, 64, 3), 60, np.uint8)
    edges[:, :, 32:] = 190
    edges[0, :, 32] = 125
    smooth, hard = (larger(edge)[24, :, 0].astype(int) for edge in edges)
    smooth_there, hard_there = (lanczos(edge)[24, :, 0].astype(int) for edge in edges)
    assert beyond(smooth) <= 2 < beyond(smooth_there)
    far = np.abs(np.arange(128) - 63.5) > 2
    assert beyond(hard[far]) <= 3 < beyond(hard_there[far])


def beyond(row: np.ndarray) -> int:
    return int(max(60 - row.min(), row.max() - 190))


def test_the_network_is_small() -> None:
    assert FILE.stat().st_size < 1 << 20


def test_a_picture_with_alpha_goes_from_file_to_file(place: Run, tmp_path: Path) -> None:
    picture = np.dstack([cel_art(9200, 96)[:64], np.full((64, 96), 255, np.uint8)])
    picture[:20, :20, 3] = 0
    found = edge.run(UpscaleRequest(source=saved(tmp_path, picture)), place)
    large = np.asarray(Image.open(found.output))
    assert large.shape == (128, 192, 4) and (found.width, found.height) == (192, 128)
    assert large[:30, :30, 3].max() == 0 and large[60:, 60:, 3].min() == 255
    assert Path(found.output).name == "drawing 192x128.png"


@pytest.mark.parametrize(
    ("scale", "side", "size"), [(2, 0, (60, 40)), (3, 0, (90, 60)), (4, 0, (120, 80)), (2, 100, (100, 67))]
)
def test_sizes(place: Run, tmp_path: Path, scale: int, side: int, size: tuple[int, int]) -> None:
    source = saved(tmp_path, cel_art(9201, 32)[:20, :30])
    found = edge.run(UpscaleRequest(source=source, scale=scale, side=side), place)
    assert Image.open(found.output).size == size == (found.width, found.height)


def test_phones_and_cameras(place: Run, tmp_path: Path) -> None:
    """Turned by EXIF, and in a camera's colours: the result is upright and in sRGB."""
    picture = cel_art(9202, 48)[:32]
    exif = Image.Exif()
    exif[0x0112] = 6
    found = edge.run(UpscaleRequest(source=saved(tmp_path, picture, "a.jpg", exif=exif, quality=95)), place)
    assert Image.open(found.output).size == (64, 96)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    named = saved(tmp_path, picture, "b.png", icc_profile=lab.tobytes())
    assert "icc_profile" not in Image.open(edge.run(UpscaleRequest(source=named), place).output).info


def test_scans_in_16_bit_and_in_grey(place: Run, tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 40 * 50).astype(np.uint16).reshape(40, 50)
    grey = np.asarray(Image.open(edge.run(UpscaleRequest(source=saved(tmp_path, ramp, "deep.png")), place).output))
    assert grey.shape == (80, 100, 3) and np.ptp(grey, axis=2).max() == 0
    assert grey[0, 0, 0] < 3 and grey[-1, -1, 0] > 252 and np.abs(np.diff(grey[:, 50, 0].astype(int))).max() <= 5
    Image.fromarray(cel_art(9203, 32)).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "few.gif")
    assert Image.open(edge.run(UpscaleRequest(source=str(tmp_path / "few.gif")), place).output).size == (64, 64)


def test_one_pixel_and_too_many(place: Run, tmp_path: Path) -> None:
    dot = saved(tmp_path, np.full((1, 1, 3), 9, np.uint8), "dot.png")
    assert (np.asarray(Image.open(edge.run(UpscaleRequest(source=dot, scale=8), place).output)) == 9).all()
    Image.new("L", (5000, 4100)).save(tmp_path / "wall.png")
    with pytest.raises(LimitReached) as refused:
        edge.run(UpscaleRequest(source=str(tmp_path / "wall.png")), place)
    assert refused.value.key == "upscale.too_large" and "wall.png" in str(refused.value)
    whole = Path(saved(tmp_path, cel_art(9206, 64))).read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput) as broken:
        edge.run(UpscaleRequest(source=str(tmp_path / "half.png")), place)
    assert broken.value.key in ("media.broken_picture", "media.unreadable")
    assert not list((tmp_path / "work").rglob("*.png"))


def test_it_stops_between_tiles(place: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path, cel_art(9204, 600))
    monkeypatch.setattr(place.host, "cancelled", lambda: place.host.done[0] > 0)
    with pytest.raises(Cancelled):
        edge.run(UpscaleRequest(source=source), place)
    assert 0 < place.host.done[0] < 600 * 600
    assert not list((tmp_path / "out").iterdir())


def test_previews_light_up(place: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def report(done: int, total: int | None, unit: str, preview) -> None:
        if preview:
            seen.append(np.asarray(Image.open(io.BytesIO(preview())).convert("L")).mean())
        place._previewed = 0.0

    monkeypatch.setattr(place.host, "report", report)
    place._previewed = -1.0
    edge.run(UpscaleRequest(source=saved(tmp_path, np.full((300, 600, 3), 240, np.uint8)), scale=4), place)
    assert len(seen) > 2 and seen[0] < 130 and seen[-1] > 230


def test_it_is_chosen_unless_a_model_is_there() -> None:
    request = UpscaleRequest(source="a")
    left = choose("upscale", request, Means(installed=lambda card: False))
    assert left.engine.name == "edge" and [name for name, _ in left.better] == ["network"]
    assert choose("upscale", request, Means(installed=lambda card: True)).engine.name == "network"
    assert not [found.broken for found in discover("upscale") if found.broken]


def test_the_command(place_of_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(place_of_work, cel_art(9205, 40), "a.png")
    code = main(["upscale", "a.png", "-o", "b.png", "--side", "100", "--json", "--quiet", "--language", "en"])
    shown = capsys.readouterr()
    assert code == DONE, shown.err
    answer = json.loads(shown.out)["result"]
    assert (answer["engine"], answer["width"], answer["height"]) == ("edge", 100, 100)
    assert Image.open("b.png").size == (100, 100)
    record = read(Path("b.png"))
    assert record is not None and record["task"] == "upscale" and record["request"]["side"] == 100
