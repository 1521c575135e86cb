"""ZipVoice on a tiny network in the real layout: what is said sounds like the recording, and only where a recording may be taken."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engines.audio.files import read_sound
from engines.dub import espeak as embedded_dub
from engines.dub.trained import run as dub
from engines.speak import espeak as embedded
from engines.speak.trained import run as speak
from engines.speech.espeak import Espeak
from engines.speech.reference import LEAST_S, MOST_S, Reference, reference
from engines.speech.segment import Segment, Spoken
from engines.speech.zipvoice import FILES, ZipVoice, checked
from engines.voices.known import run as voices
from studio.errors import BadInput, NotAllowed
from studio.run import Run
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.dub import DubRequest
from studio.tasks.speak import SpeakRequest
from studio.tasks.voices import VoicesRequest
from tests.audio.sounds import tone, voice
from tests.speech import tiny_voices
from tests.voice.films import film

WORDS = "Somebody says a dozen words here, and then some more."
MORNING = Segment("Good morning, my friend.", "en")


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    speaker = Espeak()
    yield speaker
    speaker.close()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, espeak: Espeak) -> Iterator[ZipVoice]:
    folder = tmp_path_factory.mktemp("zipvoice")
    tiny_voices.zipvoice(folder)
    made = ZipVoice(folder, "tiny", espeak.spelt)
    yield made
    made.close()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "me.wav", voice(4.0), 22050)
    return tmp_path / "me.wav"


def said(network: ZipVoice, sound: np.ndarray, segment: Segment, place: Path) -> Spoken:
    file = place / "like.f32"
    sound.astype(np.float32).tofile(file)
    return network.like(Reference(file, 24_000, len(sound) / 24_000, WORDS))(segment, lambda: None)


def height(spoken: Spoken) -> float:
    """The middle of the spectrum in Hz."""
    power = np.abs(np.fft.rfft(spoken.samples)) ** 2
    return float((np.fft.rfftfreq(len(spoken.samples), 1 / spoken.rate) * power).sum() / power.sum())


def test_it_sounds_like_the_recording_and_takes_its_pace(network: ZipVoice, tmp_path: Path) -> None:
    low, high = (said(network, tone(hz, 4.0, 24_000), MORNING, tmp_path) for hz in (300.0, 5000.0))
    assert height(high) > 2 * height(low)
    quick = said(network, tone(300.0, 4.0, 24_000), Segment(MORNING.text, "en", rate=2.0), tmp_path)
    assert quick.seconds == pytest.approx(low.seconds / 2, rel=0.2)
    fast_speaker = said(network, tone(300.0, 2.0, 24_000), MORNING, tmp_path)
    assert fast_speaker.seconds == pytest.approx(low.seconds / 2, rel=0.2)


def test_chinese_is_spelt_by_the_lexicon_and_all_else_by_espeak(network: ZipVoice, tmp_path: Path) -> None:
    sound = tone(300.0, 4.0, 24_000)
    pair, apart, one = (said(network, sound, Segment(text, "zh"), tmp_path).seconds for text in ("你好", "好你", "你"))
    assert pair == pytest.approx(apart, rel=0.1)
    assert pair == pytest.approx(2 * one, rel=0.2)
    assert said(network, sound, Segment("Привет", "ru"), tmp_path).seconds > one
    assert said(network, sound, Segment("x", "en", phonemes="ɡoʊɡoʊɡoʊ"), tmp_path).seconds > one


@pytest.mark.parametrize("words", ["A.", WORDS * 20])
def test_words_that_cannot_be_the_recordings_are_refused(network: ZipVoice, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        network.like(Reference(tmp_path / "none", 24_000, 4.0, words))
    assert told.value.key == "speech.other_words"


@pytest.mark.parametrize(
    ("sound", "text", "key"),
    [
        (voice(LEAST_S / 2), WORDS, "reference_length"),
        (voice(MOST_S + 2.0), WORDS, "reference_length"),
        (np.zeros(90_000, np.float32), WORDS, "reference_length"),
        (voice(4.0), " …\u200b", "no_words"),
    ],
)
def test_what_is_no_recording_of_a_voice_is_told(sound: np.ndarray, text: str, key: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", sound, 22050)
    with pytest.raises(BadInput) as told:
        reference(tmp_path / "a.wav", "a.wav", text, tmp_path)
    assert told.value.key == f"speech.{key}"
    assert "{" not in str(told.value)


@pytest.mark.parametrize(
    ("break_it", "key"),
    [
        *((lambda folder, file=file: (folder / file).unlink(), "no_file") for file in FILES),
        (lambda folder: tiny_voices.zipvoice(folder, vocoder_rate=16_000), "bad_rate"),
        (lambda folder: tiny_voices.zipvoice(folder, rate=3), "bad_rate"),
        (lambda folder: tiny_voices.zipvoice(folder, vocoder="other"), "other_model"),
        (lambda folder: (folder / "tokens.txt").write_text("no table\n"), "no_file"),
        (lambda folder: (folder / "lexicon.txt").write_bytes(b"\xff\xfe\xff"), "no_file"),
        (lambda folder: (folder / "encoder.int8.onnx").write_text("a page, not a model " * 9), "no_onnx"),
    ],
)
def test_what_does_not_belong_together_is_told(break_it: Callable[[Path], object], key: str, tmp_path: Path) -> None:
    tiny_voices.zipvoice(tmp_path)
    break_it(tmp_path)
    with pytest.raises(BadInput) as told:
        checked(tmp_path)
    assert told.value.key == f"speech.{key}"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """With a network that speaks like recordings, and one with two voices of its own."""
    with closing(Studio(Settings(data_dir=tmp_path / "data", device="cpu"))) as studio:
        for card, make in (("own-zipvoice", tiny_voices.zipvoice), ("own-kokoro", tiny_voices.kokoro)):
            folder = tmp_path / card
            folder.mkdir()
            make(folder)
            for file in folder.iterdir():
                studio.cards.import_file(card, file)
        yield studio


@pytest.fixture
def here(studio: Studio, tmp_path: Path) -> Run:
    return Run.local(tmp_path / "work", tmp_path / "out", memory=studio.memory, cards=studio.cards, seed=1)


def test_a_card_speaks_like_a_recording_and_is_no_voice_without_one(here: Run, recording: Path) -> None:
    asked = {"text": "Hello there. It is 5 o'clock.", "model": "own-zipvoice"}
    result = speak(SpeakRequest(**asked, reference=str(recording), reference_text=WORDS), here)
    sound, _ = read_sound(Path(result.output))
    assert result.length > 2
    assert np.abs(sound).max() > 0.05
    assert [voice.model for voice in voices(VoicesRequest(), here).voices if voice.model] == ["own-kokoro"] * 2
    with pytest.raises(BadInput, match="recording"):
        speak(SpeakRequest(**asked), here)


@pytest.mark.parametrize("model", ["own-kokoro", None])
def test_a_voice_of_its_own_takes_no_recording(here: Run, recording: Path, model: str | None) -> None:
    asked = SpeakRequest(text="Hello.", model=model, reference=str(recording), reference_text=WORDS)
    with pytest.raises(BadInput) as told:
        (speak if model else embedded.run)(asked, here)
    assert told.value.key == "speech.no_cloning"


def test_a_recording_asks_for_the_word_about_rights(studio: Studio, recording: Path) -> None:
    mine = studio.library.add(recording, "ann").id
    asked = {"text": "Hello.", "model": "own-zipvoice", "reference": mine, "reference_text": WORDS}
    with pytest.raises(NotAllowed):
        studio.submit("speak", asked, "ann")
    assert studio.submit("speak", {"text": "Hello."}, "ann").id
    studio.rights.confirm("ann", "speak")
    assert studio.submit("speak", asked, "ann").id


LINES = """1
00:00:00,500 --> 00:00:02,000
Anna: Hello there.

2
00:00:02,500 --> 00:00:04,000
Boris: Good morning.

3
00:00:04,500 --> 00:00:05,500
Nobody in particular.
"""


def test_a_film_is_dubbed_by_trained_voices(here: Run, recording: Path, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 6.0, None)
    (tmp_path / "lines.srt").write_text(LINES, encoding="utf-8")
    asked = {"video": str(source), "srt": str(tmp_path / "lines.srt")}
    own = dub(DubRequest(**asked, model="own-kokoro", cast="Anna=am_two"), here)
    assert [row["voice"] for row in rows(own.report)] == ["am_two", "af_one", "af_one"]
    before, _ = read_sound(Path(own.output))
    like = {"model": "own-zipvoice", "reference": str(recording), "reference_text": WORDS}
    cloned = dub(DubRequest(**asked, **like), here)
    assert {row["voice"] for row in rows(cloned.report)} == {"Your own ZipVoice"}
    after, _ = read_sound(Path(cloned.output))
    assert np.abs(before - after).max() > 0.05
    with pytest.raises(BadInput) as told:
        dub(DubRequest(**asked, model="own-kokoro", cast="Anna=nora"), here)
    assert told.value.key == "speech.no_voice"
    with pytest.raises(BadInput):
        embedded_dub.run(DubRequest(**asked, **like), here)


def rows(report: str) -> list[dict]:
    return json.loads(Path(report).read_text(encoding="utf-8"))["lines"]
