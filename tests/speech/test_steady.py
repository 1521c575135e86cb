"""Utterances mastered while they come: as loud as asked, whoever speaks and however short it is; no clicks; memory that doesn't grow."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pyloudnorm
import pytest

from engines.audio.loudness import true_peak
from engines.speech.espeak import Espeak
from engines.speech.front import Front, Reading
from engines.speech.narrate import Utterance, narrate
from engines.speech.segment import Segment
from engines.speech.steady import finish_for, steadily
from tests.audio.sounds import voice

TEXTS = (
    "Well. It is what it is, and nobody knows why it should have been otherwise, least of all those who were there.",
    "Погода была хорошая. Good morning! 我们有3个苹果和5个梨。",
)


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    speaker = Espeak()
    yield speaker
    speaker.close()


@pytest.mark.parametrize("name", ["nora", "boris", "whisper"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_stream_is_as_loud_as_asked(espeak: Espeak, name: str, text: str) -> None:
    utterances = list(narrate(Front(text, Reading(voice=name)).segments(), espeak.speak))
    pieces = list(steadily(utterances, finish_for("wav")))
    made = np.concatenate(pieces)
    assert abs(pyloudnorm.Meter(48000).integrated_loudness(made.astype(np.float64)) + 16) < 0.5
    assert 20 * np.log10(true_peak(made)) <= -1
    assert max(map(len, pieces)) < 48000
    # a click is a step in what is quiet, where one piece ends and the next begins
    for at in np.cumsum([len(piece) for piece in pieces])[:-1]:
        beside = np.abs(np.diff(np.concatenate([made[at - 480 : at], made[at : at + 480]])))
        assert abs(made[at] - made[at - 1]) <= np.delete(beside, 479).max(initial=0.0) + 0.002


def test_an_hour_takes_no_more_memory_than_a_minute() -> None:
    sound = voice(2.0)

    def peak(count: int) -> int:
        utterances = (Utterance(Segment("a", "en"), sound, 22050, (), 0.0, 2.0) for _ in range(count))
        tracemalloc.start()
        for _ in steadily(utterances, finish_for("wav", "level")):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2)
    assert peak(60) < 1.2 * peak(6)
