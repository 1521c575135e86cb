import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from studio.errors import OutOfMemory
from studio.machine_memory import free_bytes, is_out_of_memory, model_bytes, total_bytes
from studio.memory import Residency
from studio.settings import MB, Settings
from tests.waiting import PATIENCE_S, until

TOO_LARGE = 1 << 50


def linear(mb: float) -> torch.nn.Module:
    """A module of that size: one square-ish float32 weight."""
    return torch.nn.Linear(1024, int(mb * 256), bias=False)


def keys(memory: Residency) -> list[str]:
    return sorted(item.key for item in memory.resident())


def budget(mb: float) -> Callable[[str], int]:
    return lambda device: int(mb * MB)


def touch(memory: Residency, key: str, mb: float = 4, **more: Any) -> None:
    with memory.use(key, "cpu", lambda: linear(mb), **more) as module:
        assert isinstance(module, torch.nn.Linear)


def test_sizes_are_measured(tmp_path: Path) -> None:
    weight = numpy_helper.from_array(np.zeros((300, 300), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 300])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 300])],
        [weight],
    )
    path = tmp_path / "m.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    tied = torch.nn.Sequential(linear(1), torch.nn.BatchNorm1d(256))
    tied.append(tied[0])

    class Holder:
        def __init__(self) -> None:
            self.net = tied
            self.table = np.zeros(1000, np.float64)

    assert model_bytes(tied) == MB + 4 * 256 * 4 + 8
    assert model_bytes(Holder()) == model_bytes(tied) + 8000
    assert model_bytes(session) == path.stat().st_size
    assert model_bytes({"a": linear(1), "b": [linear(2)]}) == 3 * MB
    assert model_bytes(object()) == 0


def test_least_recently_used_leaves_first() -> None:
    memory = Residency(budget(13))
    for key in "abc":
        touch(memory, key)
    touch(memory, "a")
    touch(memory, "d")
    assert keys(memory) == ["a", "c", "d"]
    assert sum(item.bytes for item in memory.resident()) == 12 * MB
    assert next(item.key for item in memory.resident()) == "d"
    touch(memory, "e", mb=8)
    assert keys(memory) == ["d", "e"]


def test_devices_have_budgets_of_their_own() -> None:
    memory = Residency(lambda device: {"cpu": 5 * MB, "other": 100 * MB}[device])
    for key in "ab":
        touch(memory, key)
        with memory.use(key, "other", lambda: linear(4)):
            pass
    found = sorted((item.device, item.key) for item in memory.resident())
    assert found == [("cpu", "b"), ("other", "a"), ("other", "b")]


def test_what_is_in_use_never_leaves_and_what_is_too_large_leaves_after_use() -> None:
    memory = Residency(budget(6))
    with memory.use("a", "cpu", lambda: linear(4)) as a:
        with memory.use("b", "cpu", lambda: linear(4)), memory.use("a", "cpu", lambda: linear(4)) as again:
            assert again is a
            assert {item.key: item.uses for item in memory.resident()} == {"a": 2, "b": 1}
        assert keys(memory) == ["a"]
    touch(memory, "huge", mb=10)
    assert keys(memory) == []


def test_room_is_made_before_a_load_of_known_size() -> None:
    memory = Residency(budget(10))
    touch(memory, "a", mb=6)
    seen: list[list[str]] = []

    def load() -> torch.nn.Module:
        seen.append(keys(memory))
        return linear(6)

    with memory.use("b", "cpu", load, expect=6 * MB):
        pass
    assert seen == [[]]


def test_two_tasks_load_once() -> None:
    memory = Residency(budget(100))
    loads: list[int] = []
    models: list[torch.nn.Module] = []

    def load() -> torch.nn.Module:
        loads.append(1)
        time.sleep(0.2)
        return linear(1)

    def task() -> None:
        with memory.use("a", "cpu", load) as model:
            models.append(model)
            time.sleep(0.05)

    threads = [threading.Thread(target=task) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len({id(model) for model in models}) == 1
    assert [item.uses for item in memory.resident()] == [0]


def test_two_models_load_at_the_same_time() -> None:
    memory = Residency(budget(100))
    both = threading.Barrier(2, timeout=PATIENCE_S)

    def load() -> torch.nn.Module:
        both.wait()
        return linear(1)

    def task(key: str) -> None:
        with memory.use(key, "cpu", load):
            pass

    threads = [threading.Thread(target=task, args=(key,)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys(memory) == ["a", "b"]


def test_a_failed_load_is_not_kept() -> None:
    memory = Residency(budget(100))
    with pytest.raises(ValueError, match="broken file"), memory.use("a", "cpu", _broken):
        pass
    assert memory.resident() == []
    touch(memory, "a")
    assert keys(memory) == ["a"]


def _broken() -> torch.nn.Module:
    raise ValueError("broken file")


def test_manual_unload_waits_for_the_user_of_a_model() -> None:
    memory = Residency(budget(100))
    touch(memory, "a")
    touch(memory, "b")
    with memory.use("c", "cpu", lambda: linear(1)):
        assert memory.unload("a")
        assert keys(memory) == ["b", "c"]
        assert not memory.unload_all()
        assert [(item.key, item.leaving) for item in memory.resident()] == [("c", True)]
    assert memory.resident() == []
    assert memory.unload("nothing")


def test_a_card_may_have_several_models() -> None:
    memory = Residency(budget(100))
    for key in ("card", "card/2", "card-of-another", "other"):
        touch(memory, key)
    assert memory.holds("card") and not memory.holds("car")
    assert memory.unload("card")
    assert not memory.holds("card")
    assert keys(memory) == ["card-of-another", "other"]


def test_idle_models_leave_by_themselves() -> None:
    memory = Residency(budget(100), idle_s=0.4)
    memory.start()
    touch(memory, "a")
    with memory.use("b", "cpu", lambda: linear(1)):
        until(lambda: keys(memory) == ["b"])
        time.sleep(0.8)
        assert keys(memory) == ["b"], "a model in use has left"
    until(lambda: keys(memory) == [])
    memory.close()


def test_out_of_memory_while_loading_is_told_clearly_after_one_more_try() -> None:
    memory = Residency(budget(100))
    touch(memory, "other")
    tries: list[list[str]] = []

    def load() -> torch.Tensor:
        tries.append(keys(memory))
        return torch.empty(TOO_LARGE)

    with pytest.raises(OutOfMemory, match="smaller work size"), memory.use("huge", "cpu", load):
        pass
    assert tries == [["other"], []]
    assert memory.resident() == []


def test_out_of_memory_at_work_evicts_the_others_and_tries_once_more() -> None:
    memory = Residency(budget(100))
    touch(memory, "other")
    seen: list[list[str]] = []

    def work(model: torch.nn.Module) -> int:
        seen.append(keys(memory))
        if len(seen) == 1:
            torch.empty(TOO_LARGE)
        return 7

    assert memory.attempt("a", "cpu", lambda: linear(1), work) == 7
    assert seen == [["a", "other"], ["a"]]
    with pytest.raises(OutOfMemory):
        memory.attempt("a", "cpu", lambda: linear(1), lambda model: torch.empty(TOO_LARGE))
    with pytest.raises(OutOfMemory), memory.use("a", "cpu", lambda: linear(1)):
        np.empty(TOO_LARGE)
    assert [(item.key, item.uses) for item in memory.resident()] == [("a", 0)]


def test_which_errors_mean_out_of_memory() -> None:
    import cv2
    import onnxruntime

    graph = helper.make_graph(
        [helper.make_node("Expand", ["x", "shape"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, None])],
        [numpy_helper.from_array(np.array([1 << 22, 1 << 22], np.int64), "shape")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    ran_out: list[Callable[[], Any]] = [
        lambda: session.run(None, {"x": np.zeros((1, 1), np.float32)}),
        lambda: torch.empty(TOO_LARGE),
        lambda: np.empty(TOO_LARGE),
        lambda: bytearray(TOO_LARGE),
        lambda: cv2.copyMakeBorder(np.zeros((1, 1), np.float64), 0, 1 << 28, 0, 1 << 28, cv2.BORDER_CONSTANT),
    ]
    for call in ran_out:
        with pytest.raises(Exception) as caught:
            call()
        assert is_out_of_memory(caught.value), repr(caught.value)
    others: list[Callable[[], Any]] = [
        lambda: session.run(None, {"z": np.zeros((1, 1), np.float32)}),
        lambda: torch.zeros(2) @ torch.zeros(3),
        lambda: cv2.cvtColor(np.zeros((2, 2), np.uint8), cv2.COLOR_BGR2LAB),
    ]
    for call in others:
        with pytest.raises(Exception) as caught:
            call()
        assert not is_out_of_memory(caught.value), repr(caught.value)


UNLOADED = """
import torch
from studio.machine_memory import process_bytes
from studio.memory import Residency
from studio.settings import MB
memory = Residency(lambda device: 1000 * MB)
torch.nn.Linear(64, 64)(torch.zeros(1, 64))
def many_small_layers():
    return torch.nn.ModuleList([torch.nn.Linear(128, 128) for _ in range(3200)])
before = process_bytes()
with memory.use("a", "cpu", many_small_layers):
    loaded = process_bytes()
size = memory.resident()[0].bytes
memory.unload("a")
print(size, loaded - before, process_bytes() - before)
"""


def in_a_process_of_its_own(program: str) -> str:
    """What the program prints; what other tests' threads hold and let go doesn't count in it."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_unloading_really_gives_memory_back() -> None:
    """About 200 MB in 64-kB pieces: such pieces stay in the C library's heap when they are freed."""
    size, grown, left = map(int, in_a_process_of_its_own(UNLOADED).split())
    assert size > 200 * MB
    assert grown > 0.8 * size
    assert left < 0.1 * size


LIMITED = """
import resource, torch
from pathlib import Path
from studio.memory import Residency
from studio.settings import MB
memory = Residency(lambda device: 10_000 * MB)
loads = []
def load():
    loads.append(1)
    return torch.nn.Linear(1024, 300 * 256, bias=False)
torch.nn.Linear(64, 64)(torch.zeros(1, 64))
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 500 * MB,) * 2)
def use(key):
    with memory.use(key, "cpu", load) as model:
        assert model.weight.numel() * 4 == 300 * MB
use("a")
use("b")
print(len(loads), [item.key for item in memory.resident()])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
def test_a_machine_that_is_too_small_for_two_holds_the_one_that_is_needed() -> None:
    """With 500 MB to spare, a second model of 300 MB only fits once the first has left."""
    assert in_a_process_of_its_own(LIMITED) == "3 ['b']"


def test_budget_from_settings_and_machine(tmp_path: Path) -> None:
    total = total_bytes("cpu")
    assert 0.5e9 < total < 1e13
    assert free_bytes("cpu") is None
    with Residency.of(Settings(data_dir=tmp_path, model_budget_mb=5)).use("a", "cpu", lambda: linear(1)):
        pass
    memory = Residency.of(Settings(data_dir=tmp_path, model_budget_mb=5))
    touch(memory, "a", mb=3)
    touch(memory, "b", mb=3)
    assert keys(memory) == ["b"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_graphics_card_gets_its_memory_back() -> None:
    memory = Residency(lambda device: int(0.9 * total_bytes(device)))
    before = torch.cuda.mem_get_info(0)[0]
    with memory.use("a", "cuda:0", lambda: linear(500).to("cuda:0")):
        assert before - torch.cuda.mem_get_info(0)[0] > 450 * MB
    memory.unload_all()
    assert before - torch.cuda.mem_get_info(0)[0] < 450 * MB
    room = free_bytes("cuda:0") or 0
    touch_on_card(memory, "half", room // 2)
    touch_on_card(memory, "more", room * 3 // 4)
    assert keys(memory) == ["more"]


def touch_on_card(memory: Residency, key: str, size: int) -> None:
    with memory.use(key, "cuda:0", lambda: torch.empty(size, dtype=torch.uint8, device="cuda:0")):
        pass
