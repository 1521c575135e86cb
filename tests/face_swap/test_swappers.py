"""The networks that redraw faces, on tiny files of their signatures, against NumPy."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engines.vision.faces.insight.converted import Ghost, SimSwap
from engines.vision.faces.insight.hyperswap import HyperSwap
from engines.vision.faces.insight.initializer import initializer
from engines.vision.faces.insight.inswapper import InSwapper
from engines.vision.faces.insight.tiles import joined, split
from studio.errors import Unavailable
from tests.face_swap.networks import (
    CONVERSION,
    DOUBLE,
    EMAP,
    FLOAT,
    HALF,
    arcface_file,
    converter_file,
    save,
    swapped,
    swapper_file,
    tensor,
)
from tests.vision.scenes import texture
from tests.waiting import until

RNG = np.random.default_rng(2)


def embeddings(count=1):
    raw = RNG.normal(0, 1, (count, 512))
    return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


def expected_latent(own):
    mean = own.astype(np.float64).mean(0)
    z = mean / np.linalg.norm(mean) @ EMAP.astype(np.float64)
    return z / np.linalg.norm(z)


def boosted(crop, latent, way, side):
    """Every k-th pixel from (i, j) by itself, laid where it came from."""
    k = crop.shape[0] // side
    result = np.zeros_like(crop)
    for i in range(k):
        for j in range(k):
            result[i::k, j::k] = swapped(crop[i::k, j::k], latent, way)
    return result


def off_by(a, b):
    return int(np.abs(a.astype(int) - b.astype(int)).max())


FILES = {
    "original": {},
    "emap last": {"emap": "last"},
    "batch open": {"batch": "n"},
    "batch open, one source": {"batch": "n", "sources": 1},
    "half inside": {"inside": HALF},
    "half throughout": {"kind": HALF},
    "other names": {"names": ("in", "emb", "out")},
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("k", [1, 2, 4])
def test_inswapper(tmp_path, file, k):
    net = InSwapper(swapper_file(tmp_path / "in.onnx", **FILES[file]))
    own = embeddings(3)
    latent = net.latent(own)
    loose = 4e-3 if "half" in file else 1e-6
    assert np.allclose(latent, expected_latent(own), atol=loose)
    assert np.linalg.norm(latent) == pytest.approx(1, abs=1e-6)
    crop = texture(128 * k, 128 * k, k)
    got = net(crop, latent)
    assert got.shape == crop.shape
    assert got.dtype == np.uint8
    assert off_by(got, boosted(crop, expected_latent(own), "0..1", 128)) <= (3 if "half" in file else 1)
    assert off_by(got, boosted(crop[..., ::-1], expected_latent(own), "0..1", 128)[..., ::-1]) > 10


@pytest.mark.parametrize("batch", [1, "n"])
def test_hyperswap(tmp_path, batch):
    net = HyperSwap(swapper_file(tmp_path / "h.onnx", side=256, batch=batch, emap=None, mask=True))
    assert net.side == 256
    own = embeddings(2)
    mean = own.mean(0) / np.linalg.norm(own.mean(0))
    assert np.allclose(net.latent(own), mean, atol=1e-6)
    assert np.allclose(net.latent(own * [[3], [20]]), mean, atol=1e-6)
    crop = texture(512, 512, 6)
    assert off_by(net(crop, net.latent(own)), boosted(crop, mean, "-1..1", 256)) <= 1


def test_emap_is_read_by_name_in_every_way_it_may_be_stored(tmp_path):
    import onnx
    from onnx import helper

    for kind, loose in ((FLOAT, 0), (HALF, 1e-3), (DOUBLE, 1e-7)):
        path = swapper_file(tmp_path / "in.onnx", inside=kind)
        assert np.allclose(initializer(path, "buff2fs"), EMAP, atol=loose)
        model = onnx.load(path)
        for i, one in enumerate(model.graph.initializer):
            if one.name == "buff2fs":
                listed = helper.make_tensor("buff2fs", kind, (512, 512), EMAP.astype(np.float64).ravel())
                model.graph.initializer[i].CopyFrom(listed)
        onnx.save(model, path)
        assert np.allclose(initializer(path, "buff2fs"), EMAP, atol=loose)
        assert initializer(path, "buff") is None


def test_files_that_are_no_inswapper(tmp_path):
    with pytest.raises(Unavailable):
        InSwapper(swapper_file(tmp_path / "a.onnx", emap=None))
    with pytest.raises(Unavailable):
        InSwapper(arcface_file(tmp_path / "b.onnx"))
    whole = swapper_file(tmp_path / "c.onnx").read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    for name in ("cut.onnx", "none.onnx"):
        (tmp_path / "none.onnx").write_bytes(b"")
        with pytest.raises(Unavailable):
            initializer(tmp_path / name, "buff2fs")


def test_no_numbers_are_an_error_and_no_picture(tmp_path):
    from onnx import helper

    nodes = [
        helper.make_node("MatMul", ["source", "mix"], ["sum"]),
        helper.make_node("Sqrt", ["target"], ["roots"]),
        helper.make_node("Add", ["roots", "sum"], ["output"]),
    ]
    inputs = [tensor("target", FLOAT, 1, 3, 128, 128), tensor("source", FLOAT, 1, 512)]
    path = save(
        tmp_path / "nan.onnx",
        nodes,
        inputs,
        [tensor("output", FLOAT, 1, 3, 128, 128)],
        {"mix": np.zeros((512, 1), np.float32)},
    )
    with pytest.raises(Unavailable):
        HyperSwap(path)(texture(128, 128, 1), embeddings()[0])


def test_tiles():
    crop = texture(256, 256, 9)
    tiles = split(crop, 64)
    assert tiles.shape == (16, 64, 64, 3)
    assert np.array_equal(tiles[1 * 4 + 2], crop[1::4, 2::4])
    assert np.array_equal(joined(tiles), crop)


@pytest.mark.parametrize("sources", [None, 1])
def test_threads_share_runs_and_each_gets_its_own(tmp_path, sources, monkeypatch):
    """As on a graphics card: what comes while a run is under way goes through together in the next."""
    net = InSwapper(swapper_file(tmp_path / "in.onnx", batch="n", sources=sources))
    runs, first = [], threading.Event()
    within = net._net

    class Slow:
        on_gpu = True

        def __call__(self, feeds, wanted):
            runs.append(len(feeds["target"]))
            first.wait(20) if len(runs) == 1 else None
            return within(feeds, wanted)

    monkeypatch.setattr(net, "_net", Slow())
    latents = [net.latent(embeddings()) for _ in range(2)]
    asked = [(texture(256, 256, i), latents[i % 2]) for i in range(6)]
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(net, *one) for one in asked]
        until(lambda: len(net._gather._waiting) == 5)
        first.set()
        results = [future.result(60) for future in waiting]
    for (crop, latent), result in zip(asked, results, strict=True):
        assert off_by(result, boosted(crop, latent, "0..1", 128)) <= 1
    assert sum(runs) == 24
    assert runs[0] == 4
    assert max(runs) > 4 or sources == 1
    assert max(runs) <= 16


@pytest.mark.parametrize("kind", [Ghost, SimSwap])
def test_converted_latents_and_their_templates(tmp_path, kind):
    net = kind(swapper_file(tmp_path / "g.onnx", side=256, emap=None), converter_file(tmp_path / "c.onnx"))
    assert net.template == "arcface_112_v1"
    raw = embeddings(3) * np.array([[12.0], [20.0], [25.0]], np.float32)
    expected = raw.astype(np.float64).mean(0) @ CONVERSION.astype(np.float64)
    if kind is SimSwap:
        expected /= np.linalg.norm(expected)
    assert np.allclose(net.latent(raw), expected, atol=1e-4)
    crop = texture(256, 256, 3)
    way = "imagenet" if kind is SimSwap else "-1..1"
    assert off_by(net(crop, net.latent(raw)), boosted(crop, expected, way, 256)) <= 1
    with pytest.raises(Unavailable):
        kind(tmp_path / "g.onnx", arcface_file(tmp_path / "a.onnx"))
