"""PackBits, Apple's run-length code, in which Photoshop's files hold each row of a channel."""

import numpy as np

from engines.arrays import Bytes
from engines.kernel import kernel

MOST = 128


def packed_rows(channel: Bytes) -> tuple[list[int], bytes]:
    """The lengths of the packed rows of a channel (uint8 HxW), and all of them."""
    rows, columns = channel.shape
    out = np.empty(rows * (columns + columns // MOST + 2), np.uint8)
    lengths = np.empty(rows, np.int64)
    size = _pack(np.ascontiguousarray(channel), out, lengths)
    return [int(length) for length in lengths], out[:size].tobytes()


@kernel
def _pack(channel: Bytes, out: Bytes, lengths: np.ndarray) -> int:  # type: ignore[type-arg]
    """A run of three or more bytes is told as its length and the byte, others as they are."""
    at = 0
    rows, columns = channel.shape
    for row in range(rows):
        begun, x = at, 0
        while x < columns:
            run = 1
            while x + run < columns and run < 128 and channel[row, x + run] == channel[row, x]:
                run += 1
            if run > 2:
                out[at] = 257 - run
                out[at + 1] = channel[row, x]
                at += 2
                x += run
                continue
            start = x
            while x < columns and x - start < 128:
                if (
                    x + 2 < columns
                    and channel[row, x] == channel[row, x + 1]
                    and channel[row, x] == channel[row, x + 2]
                ):
                    break
                x += 1
            out[at] = x - start - 1
            at += 1
            for place in range(start, x):
                out[at] = channel[row, place]
                at += 1
        lengths[row] = at - begun
    return at
