import threading
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from engines.cartoon import neural
from engines.media.decode import Decoder, Trim
from engines.media.picture import read_picture, write_picture
from engines.media.probe import probe
from engines.style.onnx_style import OnnxStyle, guided
from studio.card import read_card
from studio.cards import SHIPPED, Cards
from studio.errors import BadInput, OutOfMemory, Unavailable
from studio.memory import Residency
from studio.run import Run
from studio.settings import MB, Settings
from studio.tasks.cartoon import CartoonRequest
from tests.cartoon.networks import answer, save
from tests.media.clips import make_clip

Bytes = NDArray[np.uint8]
RNG = np.random.default_rng(5)
V2: Mapping[str, Any] = read_card(SHIPPED / "animeganv2-hayao.toml").capabilities
V3: Mapping[str, Any] = read_card(SHIPPED / "animeganv3-hayao.toml").capabilities
WHITE_BOX: Mapping[str, Any] = read_card(SHIPPED / "white-box.toml").capabilities
OWN: Mapping[str, Any] = read_card(SHIPPED / "own-style.toml").capabilities
DCT = {"order": "BGR", "range": "0..255", "multiple": 16}


def noise(height: int, width: int) -> Bytes:
    return RNG.integers(0, 256, (height, width, 3), np.uint8)


def expected(rgb: Bytes, low: float = -1.0, high: float = 1.0, *, bgr: bool = False, span: float = 1.0) -> Bytes:
    """What a tiny network has to make of a picture, computed without onnx."""
    x = rgb[..., ::-1] if bgr else rgb
    y = answer(x.astype(np.float64) / 255 * (high - low) + low, span)
    drawn = np.clip(np.rint((y - low) / (high - low) * 255), 0, 255).astype(np.uint8)
    return drawn[..., ::-1] if bgr else drawn


def off_by(a: Bytes, b: Bytes) -> int:
    assert a.shape == b.shape
    assert a.dtype == b.dtype == np.uint8
    return int(np.abs(a.astype(int) - b.astype(int)).max())


V2_NAMES = {"name": "generator_input:0", "out": "generator/G_MODEL/out_layer/Tanh:0"}
V3_NAMES = {"name": "AnimeGANv3_input:0", "out": "generator_1/main/out_layer:0"}


@pytest.mark.parametrize(
    ("network", "says", "want"),
    [
        ({"shape": ["unk__1", "unk__2", "unk__3", 3], "multiple": 32, **V2_NAMES}, V2, {}),
        ({"shape": [1, "h", "w", 3], "multiple": 8, **V3_NAMES}, V3, {}),
        ({"shape": ["batch", 3, "height", "width"], "name": "input.1", "out": "361"}, OWN, {}),
        ({"shape": ["n", 3, "h", "w"], "dtype": TensorProto.FLOAT16}, OWN, {}),
        (
            {"shape": ["h", "w", 3], "name": "input_image:0", "span": 255.0},
            DCT,
            {"low": 0, "high": 255, "bgr": True, "span": 255},
        ),
        ({"shape": [1, 3, "h", "w"]}, {"range": "0..1", "multiple": 8}, {"low": 0, "high": 1}),
    ],
    ids=["AnimeGANv2", "AnimeGANv3", "animegan2-pytorch", "float16", "DCT-Net", "0..1"],
)
@pytest.mark.parametrize("size", [(256, 320), (301, 263)], ids=["even", "odd"])
def test_signatures(
    tmp_path: Path, network: dict[str, Any], says: Mapping[str, Any], want: dict[str, Any], size: tuple[int, int]
) -> None:
    style = OnnxStyle(save(tmp_path / "m.onnx", **network), says)
    assert style.signature.input == network.get("name", "input")
    picture = noise(*size)
    assert off_by(style(picture), expected(picture, **want)) <= 1
    assert off_by(style(picture[..., ::-1].copy()), expected(picture, **want)) > 20


def test_open_axes_take_the_cards_layout_and_nothing_is_guessed(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", ["n", "h", "w", 3])
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[3].ClearField("dim_value")
    onnx.save(model, path)
    picture = noise(64, 64)
    assert off_by(OnnxStyle(path, {"layout": "NHWC"})(picture), expected(picture)) <= 1
    with pytest.raises(Unavailable, match="one picture of three colours"):
        OnnxStyle(path, {})


@pytest.mark.parametrize(("height", "width"), [(512, 512), (300, 400), (900, 90), (64, 700)])
@pytest.mark.parametrize("shape", [[1, 512, 512, 3], ["n", 3, 512, 512]], ids=["NHWC", "NCHW"])
def test_fixed_size_keeps_the_proportions(tmp_path: Path, shape: list[int | str], height: int, width: int) -> None:
    style = OnnxStyle(save(tmp_path / "m.onnx", shape), OWN)
    size = style.work_size(height, width)
    assert size.full == (512, 512)
    assert abs(size.height / size.width - height / width) < 0.02 * height / width
    assert max(size.height, size.width) == 512
    left, right = np.array([200, 40, 90], np.uint8), np.array([30, 180, 220], np.uint8)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:, : width // 2], picture[:, width // 2 :] = left, right
    drawn = style(picture)
    want = expected(np.stack([left, right])[None])
    assert off_by(drawn[:1, :1], want[:, :1]) <= 1
    assert off_by(drawn[-1:, -1:], want[:, 1:]) <= 1


@pytest.mark.parametrize(
    ("says", "source", "limit", "work", "full"),
    [
        (V3, (720, 1280), 0, (720, 1280), (720, 1280)),
        (V3, (1080, 1920), 0, (720, 1280), (720, 1280)),
        (V3, (1080, 1920), 480, (480, 853), (480, 856)),
        (V3, (722, 405), 0, (722, 405), (728, 408)),
        (V3, (100, 200), 0, (256, 512), (256, 512)),
        (V3, (40, 2000), 0, (26, 1280), (256, 1280)),
        (V2, (500, 501), 0, (500, 501), (512, 512)),
        (WHITE_BOX, (1080, 1080), 0, (720, 720), (720, 720)),
        (WHITE_BOX, (10, 10), 0, (10, 10), (16, 16)),
    ],
)
def test_work_sizes(
    tmp_path: Path,
    says: Mapping[str, Any],
    source: tuple[int, int],
    limit: int,
    work: tuple[int, int],
    full: tuple[int, int],
) -> None:
    style = OnnxStyle(save(tmp_path / "m.onnx", [1, "h", "w", 3], multiple=8), says)
    size = style.work_size(*source, limit)
    assert ((size.height, size.width), size.full) == (work, full)
    flat = np.full((*source, 3), (200, 40, 90), np.uint8)
    assert off_by(style(flat, size), expected(flat, bgr=says is WHITE_BOX)) <= 1


def test_white_box_ends_with_the_guided_filter(tmp_path: Path) -> None:
    """BGR, and its last step with radius 1 and eps 5e-3 in -1..1, against the definition pixel by pixel."""
    style = OnnxStyle(save(tmp_path / "m.onnx", ["n", "h", "w", 3], name="input_photo:0", multiple=8), WHITE_BOX)
    picture = noise(37, 52)
    drawn = style(picture)
    guide = picture[..., ::-1].astype(np.float64) / 127.5 - 1
    network = answer(guide)
    for y, x in [(0, 0), (0, 51), (36, 0), (36, 51), (17, 23), (1, 50)]:
        want = (guided_pixel(guide, network, y, x, 1, 5e-3) + 1) * 127.5
        assert np.abs(drawn[y, x, ::-1] - np.clip(want, 0, 255)).max() <= 1
    assert off_by(drawn, expected(picture, bgr=True)) > 20


def guided_pixel(
    guide: NDArray[np.float64], picture: NDArray[np.float64], y: int, x: int, radius: int, eps: float
) -> NDArray[np.float64]:
    def window(values: NDArray[np.float64], cy: int, cx: int) -> NDArray[np.float64]:
        rows = slice(max(0, cy - radius), cy + radius + 1)
        return values[rows, max(0, cx - radius) : cx + radius + 1].reshape(-1, 3)

    slopes, offsets = [], []
    for cy in range(max(0, y - radius), min(guide.shape[0], y + radius + 1)):
        for cx in range(max(0, x - radius), min(guide.shape[1], x + radius + 1)):
            i, p = window(guide, cy, cx), window(picture, cy, cx)
            slope = ((i * p).mean(0) - i.mean(0) * p.mean(0)) / (i.var(0) + eps)
            slopes.append(slope)
            offsets.append(p.mean(0) - slope * i.mean(0))
    return np.mean(slopes, 0) * guide[y, x] + np.mean(offsets, 0)


def test_guided_filter_keeps_what_it_should() -> None:
    picture = RNG.random((20, 30, 3), np.float32)
    same = guided(picture, picture, 1, 1e-9)
    assert np.abs(same - picture).max() < 1e-2
    flat = guided(np.zeros_like(picture), picture, 1, 1e-3)
    assert flat.std() < 0.5 * picture.std()


def test_threads_side_by_side_and_threads_inside_give_the_same(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", [1, "h", "w", 3], multiple=8)
    one, two = OnnxStyle(path, V3), OnnxStyle(path, V3, threads=2)
    pictures = [noise(300, 300) for _ in range(8)]
    alone = [one(picture) for picture in pictures]
    together: dict[int, Bytes] = {}

    def work(index: int) -> None:
        together[index] = one(pictures[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(together[index], picture) for index, picture in enumerate(alone))
    assert all(np.array_equal(two(picture), want) for picture, want in zip(pictures, alone, strict=True))


def test_too_little_memory_halves_the_work_size(tmp_path: Path) -> None:
    """The network asks for 16 TB per pixel of width above 300."""
    style = OnnxStyle(save(tmp_path / "m.onnx", [1, "h", "w", 3], limit=300), {"multiple": 8})
    size = style.fitted(400, 1000)
    assert (size.height, size.width) == (100, 250)
    picture = np.full((400, 1000, 3), (200, 40, 90), np.uint8)
    assert off_by(style(picture, size), expected(picture)) <= 1
    never = OnnxStyle(save(tmp_path / "n.onnx", [1, "h", "w", 3], limit=1), {"multiple": 8})
    with pytest.raises(Exception, match=r"(?i)memory|alloc"):
        never.fitted(400, 1000)


def graph(path: Path, inputs: list[tuple[str, int, list[Any]]], output: list[Any]) -> Path:
    made = helper.make_graph(
        [helper.make_node("Cast", [inputs[0][0]], ["y"], to=TensorProto.FLOAT)],
        "g",
        [helper.make_tensor_value_info(*item) for item in inputs],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output)],
    )
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def test_what_is_no_such_network_is_said(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    picture = ("x", TensorProto.FLOAT, [1, 3, "h", "w"])
    for inputs in (
        [picture, ("r1i", TensorProto.FLOAT, [1, 16, "h", "w"])],
        [("x", TensorProto.FLOAT, [1, 1, "h", "w"])],
        [("x", TensorProto.INT64, [1, 3, "h", "w"])],
        [("x", TensorProto.FLOAT, [4, 3, "h", "w"])],
        [("x", TensorProto.FLOAT, ["n", 128])],
    ):
        with pytest.raises(Unavailable) as caught:
            OnnxStyle(graph(path, inputs, inputs[0][2]), OWN)
        assert caught.value.key == "models.onnx_input"
    for data in (b"not a network", b"\x08\x09half a file", b""):
        path.write_bytes(data)
        with pytest.raises(Unavailable) as caught:
            OnnxStyle(path, OWN)
        assert caught.value.key == "models.onnx_unreadable"


def test_an_answer_that_is_no_picture_is_said(tmp_path: Path) -> None:
    made = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3, 1, 1])],
    )
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), tmp_path / "m.onnx")
    with pytest.raises(Unavailable, match=r"\[1, 3, 1, 1\]"):
        OnnxStyle(tmp_path / "m.onnx", OWN)(noise(32, 32))


@pytest.fixture
def place(tmp_path: Path) -> Run:
    cards = Cards(Settings(data_dir=tmp_path / "data"))
    return Run.local(tmp_path / "work", tmp_path / "out", cards=cards, memory=Residency(lambda device: 400 * MB))


def bring(place: Run, card_id: str, **network: Any) -> None:
    source = save(place.workdir / "brought.onnx", **network)
    place.cards.import_file(card_id, source)


def draw(place: Run, **request: Any) -> Any:
    return neural.run(CartoonRequest(**request), place)


def test_a_picture_by_a_brought_network(place: Run) -> None:
    bring(place, "own-style", shape=["n", 3, "h", "w"], multiple=8)
    picture = np.dstack([noise(120, 90), np.full((120, 90), 77, np.uint8)])
    write_picture(place.workdir / "in.png", picture)
    result = draw(place, source=str(place.workdir / "in.png"), model="own-style")
    assert result.frames == 1
    drawn = read_picture(Path(result.output))
    assert off_by(drawn[..., :3], expected(picture[..., :3])) <= 1
    assert np.array_equal(drawn[..., 3], picture[..., 3])
    assert [item.key for item in place.memory.resident()] == ["own-style/2"]
    assert place.host.notes == []


def test_the_first_installed_card_draws_when_none_is_named(place: Run) -> None:
    write_picture(place.workdir / "in.png", noise(64, 64))
    with pytest.raises(Unavailable):
        draw(place, source=str(place.workdir / "in.png"))
    bring(place, "white-box", shape=["n", "h", "w", 3], multiple=8)
    draw(place, source=str(place.workdir / "in.png"))
    assert [item.key for item in place.memory.resident()] == ["white-box/2"]


def test_a_card_that_does_not_draw_or_is_not_there_is_refused(place: Run, tmp_path: Path) -> None:
    write_picture(tmp_path / "in.png", noise(64, 64))
    own = place.cards.folder / "cards"
    own.mkdir(parents=True)
    text = (SHIPPED / "own-style.toml").read_text(encoding="utf-8")
    other = text.replace('"own-style"', '"matte"').replace('"picture-to-picture"', '"matte"')
    (own / "matte.toml").write_text(other, encoding="utf-8")
    place.cards = Cards(Settings(data_dir=tmp_path / "data"))
    with pytest.raises(BadInput, match="pictures into pictures"):
        draw(place, source=str(tmp_path / "in.png"), model="matte")
    with pytest.raises(Unavailable, match="download it"):
        draw(place, source=str(tmp_path / "in.png"), model="animeganv3-hayao")


def test_a_video_keeps_its_frames_times_and_sound(place: Run) -> None:
    bring(place, "own-style", shape=[1, "h", "w", 3], multiple=8)
    source = make_clip(
        place.workdir / "in.mp4", fps=Fraction(24000, 1001), frames=20, size=(322, 258), sound=["stereo"]
    )
    result = draw(place, source=str(source), model="own-style", calm=0)
    before, after = probe(source), probe(Path(result.output))
    assert result.frames == after.frames == 20
    assert (after.fps, after.width, after.height, len(after.audio)) == (before.fps, 322, 258, 1)
    for old, new in zip(frames(source), frames(Path(result.output)), strict=True):
        assert np.abs(expected(old).astype(int) - new).mean() < 6
    assert place.host.done == (20, 20)
    assert [item.key for item in place.memory.resident()] == ["own-style"]


def test_a_video_is_the_same_on_one_thread_and_on_three(place: Run) -> None:
    bring(place, "own-style", shape=[1, "h", "w", 3], multiple=8)
    source = make_clip(place.workdir / "in.mp4", frames=12, size=(128, 72))
    made = []
    for threads in (1, 3):
        place.threads = threads
        made.append(Path(draw(place, source=str(source), model="own-style").output).read_bytes())
    assert made[0] == made[1]


def test_a_part_of_a_video_at_a_smaller_size_for_want_of_memory(place: Run) -> None:
    bring(place, "own-style", shape=[1, "h", "w", 3], limit=230)
    source = make_clip(place.workdir / "in.mp4", frames=25, size=(400, 200))
    result = draw(place, source=str(source), model="own-style", start=0.2, end=0.6)
    assert result.frames == 10
    assert place.host.notes == [
        ("neural.smaller", {"width": 200, "height": 100, "wanted_width": 400, "wanted_height": 200})
    ]
    after = probe(Path(result.output))
    assert (after.width, after.height) == (400, 200)


def test_no_memory_at_all_is_an_error_of_the_studio(place: Run) -> None:
    bring(place, "own-style", shape=[1, "h", "w", 3], limit=1)
    write_picture(place.workdir / "in.png", noise(200, 200))
    with pytest.raises(OutOfMemory):
        draw(place, source=str(place.workdir / "in.png"), model="own-style")


def frames(path: Path) -> list[NDArray[np.int64]]:
    decoder = Decoder(path, Trim())
    try:
        return [frame.rgb.astype(int) for frame in decoder.frames()]
    finally:
        decoder.close()
