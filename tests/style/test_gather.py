"""Single calls from many threads are done in batches, each caller gets its own result."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from engines.batches import Gather
from tests.waiting import until


class Device:
    """Squares numbers; holds the first batch until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append([*numbers])
        assert self.go.wait(60)
        if 13 in numbers:
            raise ValueError("thirteen")
        return [number * number for number in numbers]


def test_what_is_asked_meanwhile_is_done_together() -> None:
    device = Device()
    square = Gather(device, key=lambda number: number > 100, most=lambda large: 2 if large else 4)
    with ThreadPoolExecutor(16) as pool:
        first = pool.submit(square, 1)
        until(lambda: device.batches)
        rest = [pool.submit(square, number) for number in (2, 3, 4, 5, 6, 101, 102, 103)]
        until(lambda: len(square._waiting) == len(rest))
        device.go.set()
        assert first.result(60) == 1
        assert [future.result(60) for future in rest] == [number**2 for number in (2, 3, 4, 5, 6, 101, 102, 103)]
    assert all(len(batch) <= (2 if batch[0] > 100 else 4) for batch in device.batches)
    assert all(len({number > 100 for number in batch}) == 1 for batch in device.batches)
    assert len(device.batches) < 9


def test_an_error_reaches_those_of_its_batch_and_nobody_else() -> None:
    device = Device()
    device.go.set()
    square = Gather(device, key=lambda number: number > 100, most=lambda large: 2 if large else 4)
    assert square(3) == 9
    with pytest.raises(ValueError, match="thirteen"):
        square(13)
    assert square(4) == 16
