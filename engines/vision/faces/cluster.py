"""Which of many embeddings are of one person."""

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Floats

Doubles = NDArray[np.float64]


def grouped(embeddings: Floats, weights: Doubles, apart: NDArray[np.bool_], limit: float) -> NDArray[np.int64]:
    """A label for each embedding, int64 N, counted from 0 in the order of their first members.

    The two nearest groups become one as long as their means are less than ``limit`` apart (agglomerative clustering by
    centroids). ``embeddings`` float32 NxD; ``weights`` N, above 0: each one's share of its group's mean; ``apart`` bool
    NxN, symmetric: pairs that never come into one group.
    """
    count = len(embeddings)
    means, loads, apart = embeddings.astype(np.float64), weights.astype(np.float64), apart.copy()
    alive = np.ones(count, bool)
    head = np.arange(count)
    far = np.stack([_row(i, means, apart, alive) for i in range(count)]) if count else np.zeros((0, 0))
    nearest = far.min(axis=1, initial=np.inf)
    while count and nearest.min() < limit:
        pair = int(nearest.argmin())
        one, other = sorted((pair, int(far[pair].argmin())))
        means[one] = np.average(means[[one, other]], axis=0, weights=loads[[one, other]])
        loads[one] += loads[other]
        apart[one] |= apart[other]
        apart[:, one] |= apart[:, other]
        alive[other] = False
        head[head == other] = one
        stale = np.minimum(far[:, one], far[:, other]) <= nearest
        far[one] = far[:, one] = _row(one, means, apart, alive)
        far[other] = far[:, other] = np.inf
        stale |= far[:, one] < nearest
        nearest[stale] = far[stale].min(axis=1, initial=np.inf)
    return np.unique(head, return_inverse=True)[1].astype(np.int64)


def _row(index: int, means: Doubles, apart: NDArray[np.bool_], alive: NDArray[np.bool_]) -> Doubles:
    """Distances of one group's mean from the others'; infinite to itself and to those that it can't join."""
    row: Doubles = np.linalg.norm(means - means[index], axis=1)
    row[apart[index] | ~alive] = np.inf
    row[index] = np.inf
    return row
