import numpy as np

from engines.retrieval.encoder import Question, likeness


def test_likeness_is_that_of_the_nearest_row() -> None:
    across, up = np.float32([1, 0]), np.float32([0, 1])
    asked = Question(np.stack([across, -across]))
    frames = np.stack([[up, up], [up, across], [-up, np.float32([-0.6, 0.8])]])
    np.testing.assert_allclose(likeness(asked, frames), [[0, 0], [1, 0], [0, 0.6]], atol=1e-6)
    assert likeness(asked, np.zeros((0, 2, 2), np.float32)).shape == (0, 2)
