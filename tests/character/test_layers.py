"""A character in layers: read back by other people's programs, equal to the picture, with its provenance and without secrets."""

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from pyora import Project

from engines.character._drawn import Drawn
from engines.character._layers import Layers
from engines.character.drawn import run as drawn
from engines.figure.character import Character as Figure
from engines.figure.layers import REGIONS
from engines.figure.skeleton import KEY_POINTS
from engines.media.layered import Folder, Layered, Packed, Sheet, composed
from engines.media.psd import write_psd
from studio import provenance
from studio.asset import Made
from studio.memory import Residency
from studio.run import Run
from studio.tasks.character import CharacterRequest, CharacterResult

MEMORY = Residency(lambda device: 1 << 32)
HEIGHT, WIDTH = 288, 192
IDEA = "a girl with a high ponytail, a long coat and a sword in a flower meadow"


def made(folder: Path, **asked) -> CharacterResult:
    run = Run.local(folder / "work", folder / "out", seed=5, memory=MEMORY)
    return drawn(CharacterRequest(**{"height": HEIGHT, "scale": 1, "language": "ru", **asked}), run)


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> CharacterResult:
    return made(tmp_path_factory.mktemp("first"), idea=IDEA, output_format="ora")


def given(result: CharacterResult, **more):
    known = {"sheet": result.sheet.model_dump_json(), "figure": result.character.model_dump_json()}
    return {**known, "drawing": result.drawing, "refined": result.refined, **more}


@pytest.fixture(scope="module")
def photoshop(tmp_path_factory, first) -> str:
    return str(made(tmp_path_factory.mktemp("psd"), **given(first, output_format="psd")).output)


def pixels(picture) -> np.ndarray:
    return np.array(picture.convert("RGBA")).astype(int)


def over(canvas: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    alpha = sheet[..., 3:] / 255
    out = alpha + canvas[..., 3:] * (1 - alpha)
    colour = sheet[..., :3] * alpha + canvas[..., :3] * canvas[..., 3:] * (1 - alpha)
    return np.concatenate([colour / np.maximum(out, 1e-6), out], 2)


def test_openraster_is_built_as_its_specification_says(first):
    with zipfile.ZipFile(first.output) as archive:
        names = archive.namelist()
        head = archive.infolist()[0]
        assert (head.filename, head.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster" and Path(first.output).read_bytes()[30:38] == b"mimetype"
        assert {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} <= set(names)
        assert max(Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))).size) <= 256


def test_another_reader_of_openraster_sees_the_parts_and_the_same_picture(first):
    project = Project.load(first.output)
    assert project.dimensions == (WIDTH, HEIGHT)
    groups = [group.name for group in project.children if group.type == 1]
    assert groups[0] == "Готовая картинка по областям" and groups[-1] == "Фон" and "Голова и лицо" in groups
    names = {layer.name for group in project.children if group.type == 1 for layer in group.children}
    assert "Высокий хвост" in names and "Голова" not in names, names
    canvas = np.zeros((HEIGHT, WIDTH, 4))
    for item in reversed(project.children_recursive):
        parent = item.parent
        if item.type == 0 and item.visible and parent.visible:
            canvas = over(canvas, pixels(item.get_image_data(raw=False)))
    told = pixels(project.get_image_data(use_original=True))
    canvas[..., 3] *= 255
    assert np.abs(canvas - told).max() <= 1
    finished = pixels(Image.open(first.refined))
    assert np.abs(told - finished).max() <= 1


def test_other_readers_of_photoshop_files_see_the_same(first, photoshop):
    opened = PSDImage.open(photoshop)
    names = [group.name for group in opened]
    assert names[0] == "Фон" and names[-1] == "Готовая картинка по областям" and not opened[-1].visible
    assert opened.size == (WIDTH, HEIGHT) and all(group.is_group() == (group.name != "Доработка") for group in opened)
    canvas = np.zeros((HEIGHT, WIDTH, 4))
    for layer in opened.descendants():
        if not layer.is_group() and layer.is_visible():
            sheet = np.zeros((HEIGHT, WIDTH, 4), int)
            sheet[layer.top : layer.bottom, layer.left : layer.right] = pixels(layer.topil())
            canvas = over(canvas, sheet)
    merged = pixels(Image.open(photoshop))
    assert np.abs(canvas[..., :3] - merged[..., :3]).max() <= 1
    assert np.abs(merged[..., :3] - pixels(Image.open(first.refined))[..., :3]).max() <= 1


def test_the_set_of_pictures_holds_each_layer_and_the_maps(tmp_path, first):
    found = made(tmp_path, **given(first, output_format="zip", language="zh-CN"))
    with zipfile.ZipFile(found.output) as archive:
        told = json.loads(archive.read("layers.json"))
        for layer in told["layers"]:
            assert Image.open(io.BytesIO(archive.read(layer["file"]))).size == (WIDTH, HEIGHT)
        maps = {name: pixels(Image.open(io.BytesIO(archive.read(file)))) for name, file in told["maps"].items()}
    assert told["layers"][0]["group"] == "背景" and told["figure"] == first.character.model_dump(mode="json")
    assert set(maps) == {"openpose", "regions", "lineart", "depth"}
    assert list(told["openpose"]) == list(KEY_POINTS)
    joints = told["openpose"]
    assert (
        joints["right_hip"][0] < joints["left_hip"][0]
        and joints["nose"][1] < joints["neck"][1] < joints["left_knee"][1]
    )
    assert maps["openpose"][round(joints["nose"][1]), round(joints["nose"][0])][:3].tolist() == [255, 0, 0]
    face = tuple(bytes.fromhex(told["regions"]["face"]["colour"][1:]))
    is_face = (maps["regions"][..., :3] == face).all(-1)
    assert is_face[round(joints["nose"][1]), round(joints["nose"][0])]
    figure = maps["depth"][..., 0] > 0
    assert maps["depth"][..., 0][is_face].min() > 24 and 0.1 < figure.mean() < 0.8
    assert 0.01 < (maps["lineart"][..., 0] > 100).mean() < 0.2 and maps["lineart"][~figure][:, :3].mean() < 8


def test_another_picture_is_seen_by_region(first):
    other = 255 - pixels(Image.open(first.refined))[..., :3].astype(np.uint8)
    who = {**first.character.model_dump(), "held": "l"}
    made = Layers(Drawn(Figure(**who), HEIGHT), other, "en").layered
    assert [item.visible for item in made.items] == [False] * (len(made.items) - 1) + [True]
    assert len(made.items[-1].sheets) == len(REGIONS)
    assert (made.merged[..., :3] == other).all() and (made.merged[..., 3] == 255).all()


def test_layers_are_drawn_anew_at_the_enlarged_size_as_far_as_the_pen_goes(tmp_path, first, monkeypatch):
    monkeypatch.setattr("engines.character._steps.LARGEST", 3 * HEIGHT - 1)
    found = made(tmp_path, **given(first, output_format="zip", scale=3))
    with zipfile.ZipFile(found.output) as archive:
        told = json.loads(archive.read("layers.json"))
        large = {
            name: pixels(Image.open(io.BytesIO(archive.read(name))))
            for name in archive.namelist()
            if name.endswith("png")
        }
    assert {picture.shape[:2] for picture in large.values()} == {(2 * HEIGHT, 2 * WIDTH)}
    canvas = np.zeros((2 * HEIGHT, 2 * WIDTH, 4))
    for layer in told["layers"]:
        if layer["visible"]:
            canvas = over(canvas, large[layer["file"]])
    canvas[..., 3] *= 255
    seen, small = large["picture.png"], Image.open(first.refined).convert("RGB")
    assert np.abs(canvas - seen).max() <= 1
    again = np.array(Image.fromarray(seen[..., :3].astype(np.uint8)).resize(small.size, Image.Resampling.BOX)).astype(
        int
    )
    blown = np.array(small.resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(again - np.array(small)).mean() < 3
    edges = [np.abs(np.diff(picture[..., :3].sum(-1), axis=1)) for picture in (seen, blown)]
    assert np.percentile(edges[0], 97) > 1.2 * np.percentile(edges[1], 97)


def test_of_packed_sheets_one_at_a_time_is_in_memory():
    side, count = 512, 24
    tracemalloc.start()
    sheets = Packed(Sheet(str(at), np.full((side, side, 4), at + 1, np.uint8), at) for at in range(count))
    assert [int(sheet.rgba[-1, -1, 0]) for sheet in sheets] == [*range(1, count + 1)]
    seen = composed([Folder("", sheets.renamed(["x"] * count))], side + count, side)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [sheet.name for sheet in sheets[:2]] == ["0", "1"] and seen[..., 0].max() <= count
    assert peak < seen.nbytes + 12 * side * side * 4


def test_without_a_background_the_layers_have_none(tmp_path, first):
    known = {name: value for name, value in given(first).items() if name in ("sheet", "figure")}
    found = made(tmp_path, **known, backdrop=False, output_format="psd")
    opened = PSDImage.open(found.output)
    assert "Фон" not in [group.name for group in opened]
    assert pixels(Image.open(found.output))[:8, :, 3].max() == 0


@pytest.mark.parametrize("kind", ["ora", "psd", "zip"])
def test_provenance_is_in_each_format_and_nothing_secret(tmp_path, first, photoshop, kind):
    files = {"ora": first.output, "psd": photoshop}
    source = files.get(kind) or made(tmp_path / "zip", **given(first, output_format="zip")).output
    file = tmp_path / f"out.{kind}"
    file.write_bytes(Path(source).read_bytes())
    asked = CharacterRequest(idea=IDEA, masks=str(tmp_path / "secret.png"), drawing=str(tmp_path / "drawing.png"))
    origin = Made("job", "owner", "character", "drawn", False, {}, asked, 5, 1.0).origin
    assert provenance.embed(file, origin) and provenance.embed(file, origin) is (kind == "psd")
    record = provenance.read(file)
    assert record is not None and (record["task"], record["seed"], record["request"]["idea"]) == ("character", 5, IDEA)
    packed = file.read_bytes()
    texts = packed
    if kind != "psd":
        with zipfile.ZipFile(file) as archive:
            assert archive.namelist()[0] == {"ora": "mimetype", "zip": "layers/00.png"}[kind]
            texts = b"".join(archive.read(name) for name in archive.namelist() if name.endswith((".json", ".xml")))
    assert str(tmp_path).encode() not in texts and b"/work" not in texts and b"owner" not in texts
    if kind == "psd":
        assert PSDImage.open(file).size == (WIDTH, HEIGHT)
        assert (pixels(Image.open(file)) == pixels(Image.open(photoshop))).all()
    if kind == "ora":
        assert Project.load(str(file)).dimensions == (WIDTH, HEIGHT)


def test_damaged_photoshop_files_hold_nothing(tmp_path, photoshop):
    whole = Path(photoshop).read_bytes()
    for number, data in enumerate(
        (whole[:20], whole[:33], b"8BPS" + b"\xff" * 60, whole[:30] + b"\xff" * 8 + whole[38:])
    ):
        file = tmp_path / f"{number}.psd"
        file.write_bytes(data)
        assert provenance.read(file) is None


def test_runs_and_noise_come_back_from_photoshop_files(tmp_path):
    rng = np.random.default_rng(1)
    sheets = []
    for number, (rows, columns) in enumerate(((1, 1), (3, 130), (20, 257), (5, 128))):
        rgba = rng.integers(0, 256, (rows, columns, 4), np.uint8)
        rgba[:, columns // 3 : columns // 2] = 7
        rgba[..., 3] |= 1
        sheets.append(Sheet("名" * number, rgba, number, 2 * number, number != 1))
    items = (Folder("Ж", tuple(sheets[:2])), *sheets[2:])
    seen = composed(items, 300, 40)
    write_psd(tmp_path / "x.psd", Layered(300, 40, items, seen.round().astype(np.uint8)))
    read = [layer for layer in PSDImage.open(tmp_path / "x.psd").descendants() if not layer.is_group()]
    for sheet, layer in zip(sheets, read, strict=True):
        assert (layer.name, layer.left, layer.top, layer.visible) == (sheet.name, sheet.left, sheet.top, sheet.visible)
        assert (np.array(layer.topil()) == sheet.rgba).all()
