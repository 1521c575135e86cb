"""espeak-ng in its own process: it speaks, keeps to the caller, and comes back when it dies."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engines.speech.espeak import Espeak
from engines.speech.segment import Segment
from engines.speech.trim import loud_frames
from studio.errors import BadInput, Cancelled, Failed


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    speaker = Espeak()
    yield speaker
    speaker.close()


def test_more_than_a_hundred_languages_and_three_scripts_speak(espeak: Espeak) -> None:
    assert len(espeak.languages()) > 100
    for language, text in (
        ("en", "Good morning"),
        ("zh", "早上好"),
        ("ru", "Доброе утро"),
        ("fr", "Bonjour"),
        ("en-GB", "Hi"),
    ):
        spoken = espeak.speak(Segment(text, language))
        assert spoken.samples.dtype == np.float32
        assert 0.1 < np.abs(spoken.samples).max() <= 1
        assert 0.1 < spoken.seconds < 3


def test_words_have_times_and_places_in_the_source(espeak: Espeak) -> None:
    text = "Rain fell. Nobody came home before morning."
    spoken = espeak.speak(Segment(text, "en", start=100, end=100 + len(text)))
    assert [word.text.strip(".") for word in spoken.words] == text.replace(".", "").split()
    for word in spoken.words:
        assert text[word.start - 100 : word.end - 100] == word.text
        assert 0 <= word.start_s < word.end_s <= spoken.seconds
    starts = [word.start_s for word in spoken.words]
    assert starts == sorted(starts)


def test_a_word_after_a_pause_begins_where_it_is_heard(espeak: Espeak) -> None:
    spoken = espeak.speak(Segment("Come. Go. Take. Buy.", "en"))
    loud, size = loud_frames(spoken.samples, spoken.rate)
    onsets = np.flatnonzero(loud & ~np.roll(loud, 1)) * size / spoken.rate
    for word in spoken.words[1:]:
        assert np.abs(onsets - word.start_s).min() < 0.06


def test_rate_and_pitch_are_heard(espeak: Espeak) -> None:
    text = "The rate of speech is what it is asked to be"
    usual, quick = (espeak.speak(Segment(text, "en", rate=rate)).seconds for rate in (1.0, 2.0))
    assert quick == pytest.approx(usual / 2, rel=0.2)
    low, high = (_median_pitch(espeak.speak(Segment(text, "en", pitch=pitch))) for pitch in (0.75, 1.4))
    assert high > 1.4 * low


def _median_pitch(spoken: object) -> float:
    """Median of the fundamental in Hz, by the autocorrelation of loud pieces."""
    samples, rate = spoken.samples, spoken.rate  # type: ignore[attr-defined]
    size, found = round(rate * 0.04), []
    for at in range(0, len(samples) - size, size):
        piece = samples[at : at + size] - samples[at : at + size].mean()
        likeness = np.correlate(piece, piece, "full")[size - 1 :]
        near, far = round(rate / 400), round(rate / 60)
        best = near + int(np.argmax(likeness[near:far]))
        if likeness[0] > 1 and likeness[best] > 0.6 * likeness[0]:
            found.append(rate / best)
    return float(np.median(found))


def test_phonemes_are_said_in_place_of_the_text(espeak: Espeak) -> None:
    said = espeak.speak(Segment("live", "en", phonemes="lˈaɪv"))
    usual = espeak.speak(Segment("live", "en"))
    assert len(said.samples) != len(usual.samples)
    assert [word.text for word in said.words] == ["live"]


def test_unknown_voices_and_languages_are_told(espeak: Espeak) -> None:
    with pytest.raises(BadInput) as told:
        espeak.speak(Segment("hello", "en", voice="nobody"))
    assert "nora" in str(told.value)
    assert espeak.speaks("pt-BR")
    assert not espeak.speaks("tlh-x")
    for voice in ("alloy", "f3", "en-gb-scotland", "ru+m3", "+whisper"):
        espeak.check_voice(voice)


@pytest.mark.parametrize("text", ["", " ", "...", "\x00\x01", "\U0001f600", "<speak>", "[[", "\u202eabc", "a" * 5000])
def test_odd_texts_are_survived(espeak: Espeak, text: str) -> None:
    assert espeak.speak(Segment(text, "en")).rate == 22050


def test_two_at_once_never_hear_each_other(espeak: Espeak) -> None:
    texts = [f"This is sentence number {word}." for word in ("one", "twenty three", "four hundred and five", "six")]
    alone = [espeak.speak(Segment(text, "en")).samples for text in texts]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            for own, together in zip(
                alone, pool.map(lambda text: espeak.speak(Segment(text, "en")).samples, texts), strict=True
            ):
                np.testing.assert_array_equal(own, together)


def test_it_comes_back_when_it_has_died(espeak: Espeak) -> None:
    before = espeak.speak(Segment("hello", "en")).samples
    pid = espeak.pid
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)
    np.testing.assert_array_equal(espeak.speak(Segment("hello", "en")).samples, before)
    assert espeak.pid not in (None, pid)


def test_a_stopped_caller_leaves_no_process_and_others_go_on() -> None:
    speaker = Espeak()
    speaker.speak(Segment("hello", "en"))
    pid = speaker.pid
    assert pid is not None
    os.killpg(pid, signal.SIGSTOP)

    def cancelled() -> None:
        raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        speaker.speak(Segment("hello", "en"), cancelled)
    assert time.monotonic() - began < 5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert len(speaker.speak(Segment("hello", "en")).samples)
    speaker.close()


def test_who_waits_for_another_can_be_stopped_too(espeak: Espeak) -> None:
    held, gone = threading.Event(), threading.Event()
    with espeak._process._turn:

        def check() -> None:
            held.set()
            raise Cancelled

        def ask() -> None:
            with pytest.raises(Cancelled):
                espeak.speak(Segment("hello", "en"), check)
            gone.set()

        espeak.languages()
        thread = threading.Thread(target=ask)
        thread.start()
        assert held.wait(20)
        assert gone.wait(20)
    thread.join()


def test_a_text_that_kills_it_twice_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = Espeak()
    speaker.languages()
    running = speaker._process._running

    def dying():  # type: ignore[no-untyped-def]
        process = running()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return process

    monkeypatch.setattr(speaker._process, "_running", dying)
    with pytest.raises(Failed):
        speaker.speak(Segment("hello", "en"))


def test_what_was_said_before_is_not_heard(espeak: Espeak) -> None:
    wanted = Segment("The same words always sound the same.", "en", voice="whisper")
    alone = espeak.speak(wanted).samples
    espeak.speak(Segment("Что-то другое, и подольше этого.", "ru", voice="boris", rate=1.5))
    np.testing.assert_array_equal(espeak.speak(wanted).samples, alone)
