"""RVM and MODNet, on tiny networks that have their signatures."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engines.vision.modnet import ModNet, work_size
from engines.vision.rvm import Rvm, RvmNet
from studio.errors import Unavailable
from tests.vision.scenes import texture

KINDS = {np.float32: TensorProto.FLOAT, np.float16: TensorProto.FLOAT16}


def saved(path, nodes, inputs, outputs, constants=()):
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=7)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def rvm_file(path, dtype=np.float32, skip=()):
    """pha = mean over channels + first memory + ratio; each memory grows by one frame's mean; fgr = 1 - src."""
    kind = KINDS[dtype]
    picture, memory = ["B", 3, "H", "W"], ["b", "c", "h", "w"]
    inputs = [helper.make_tensor_value_info("src", kind, picture)]
    inputs += [helper.make_tensor_value_info(f"r{i}i", kind, memory) for i in range(1, 5)]
    inputs.append(helper.make_tensor_value_info("downsample_ratio", TensorProto.FLOAT, [1]))
    names = ["fgr", "pha", *(f"r{i}o" for i in range(1, 5))]
    outputs = [helper.make_tensor_value_info(name, kind, [None] * 4) for name in names if name not in skip]
    nodes = [
        helper.make_node("Sub", ["one", "src"], ["fgr"]),
        helper.make_node("ReduceMean", ["src"], ["grey"], axes=[1], keepdims=1),
        helper.make_node("ReduceMean", ["src"], ["level"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Cast", ["downsample_ratio"], ["ratio"], to=kind),
        helper.make_node("Add", ["grey", "r1i"], ["remembered"]),
        helper.make_node("Mul", ["ratio", "little"], ["share"]),
        helper.make_node("Add", ["remembered", "share"], ["pha"]),
        *(helper.make_node("Add", [f"r{i}i", "level"], [f"r{i}o"]) for i in range(1, 5)),
    ]
    return saved(path, nodes, inputs, outputs, [("one", dtype(1)), ("little", np.array([0.01], dtype))])


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_rvm_feeds_its_memory_back_and_forgets_at_a_cut(tmp_path, dtype):
    net = RvmNet(rvm_file(tmp_path / "rvm.onnx", dtype))
    assert net.dtype is dtype
    picture = np.full((48, 64, 3), 51, np.uint8)
    film = Rvm(net)
    alphas = [int(film(picture).alpha[0, 0]) for _ in range(3)]
    assert alphas == pytest.approx([53.5, 104.5, 155.5], abs=1.5)
    assert int(film(picture, cut=True).alpha[0, 0]) == alphas[0]
    assert film(picture).rgb[5, 5].tolist() == pytest.approx([204] * 3, abs=1)


def test_rvm_tells_the_network_its_working_size(tmp_path):
    film = Rvm(RvmNet(rvm_file(tmp_path / "rvm.onnx")))
    dark = np.zeros((1024, 256, 3), np.uint8)
    assert int(film(dark).alpha[0, 0]) == round(255 * 0.01 * 0.5)


def test_rvm_goes_on_after_a_restore(tmp_path):
    net = RvmNet(rvm_file(tmp_path / "rvm.onnx"))
    frames = [texture(32, 40, seed) // 8 for seed in range(5)]
    whole = Rvm(net)
    expected = [whole(frame) for frame in frames]
    first, second = Rvm(net), Rvm(net)
    for frame in frames[:2]:
        first(frame)
    second.restore(first.state())
    for frame, wanted in zip(frames[2:], expected[2:], strict=True):
        got = second(frame)
        assert np.array_equal(got.alpha, wanted.alpha)
        assert np.array_equal(got.rgb, wanted.rgb)


def modnet_file(path, outputs=1):
    """matte = (red + 1) / 2."""
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", 3, "height", "width"])]
    shape = ["batch", 1, "height", "width"] if outputs else ["any"]
    result = [helper.make_tensor_value_info("matte", TensorProto.FLOAT, shape)]
    nodes = [helper.make_node("Gather", ["picture", "first"], ["red"], axis=1)]
    if outputs:
        nodes += [
            helper.make_node("Mul", ["red", "half"], ["part"]),
            helper.make_node("Add", ["part", "half"], ["matte"]),
        ]
    else:
        nodes.append(helper.make_node("Reshape", ["red", "flat"], ["matte"]))
    constants = [("first", np.array([0])), ("half", np.float32(0.5)), ("flat", np.array([-1]))]
    return saved(path, nodes, inputs, result, constants)


def test_modnet_reads_names_scales_and_gives_back_the_size(tmp_path):
    net = ModNet(modnet_file(tmp_path / "modnet.onnx"))
    picture = np.zeros((333, 517, 3), np.uint8)
    picture[:, 200:, 0] = 255
    matte = net(picture)
    assert matte.shape == (333, 517)
    assert matte.dtype == np.float32
    assert matte[:, :190].max() < 0.02
    assert matte[:, 210:].min() > 0.98


def test_modnet_sizes():
    assert work_size(720, 1280) == (512, 896)
    assert work_size(300, 200) == (768, 512)
    assert work_size(400, 600) == (384, 576)


def test_files_that_are_something_else_are_refused_by_name(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    for make in (RvmNet, ModNet):
        with pytest.raises(Unavailable) as caught:
            make(broken)
        assert "broken.onnx" in str(caught.value)
    with pytest.raises(Unavailable) as caught:
        RvmNet(modnet_file(tmp_path / "other.onnx"))
    assert "downsample_ratio" in str(caught.value)
    with pytest.raises(Unavailable):
        RvmNet(rvm_file(tmp_path / "short.onnx", skip=("r4o",)))
    with pytest.raises(Unavailable):
        ModNet(rvm_file(tmp_path / "rvm.onnx"))
    with pytest.raises(Unavailable):
        ModNet(modnet_file(tmp_path / "flat.onnx", outputs=0))
    assert "{" not in caught.value.text("ru")
