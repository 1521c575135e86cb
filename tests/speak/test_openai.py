"""Speech through OpenAI's interface, asked by OpenAI's own client over a real server; and jobs that are heard while they run."""

import base64
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import httpx
import numpy as np
import openai
import pytest

from engines.audio.loudness import loudness, true_peak
from engines.speech.sherpa import NETS
from studio.provenance import read
from studio.settings import Settings
from tests.serving import served_studio
from tests.speech.tiny_voices import kokoro
from tests.waiting import PATIENCE_S

TEXT = "Good morning. Доброе утро, это 3 слова. 早上好。"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    brought = tmp_path_factory.mktemp("brought")
    kokoro(brought)
    with served_studio(Settings(data_dir=tmp_path_factory.mktemp("speech"), device="cpu")) as (address, studio):
        for name in NETS["kokoro"]:
            studio.cards.import_file("own-kokoro", brought / name)
        yield address


def token(server: str) -> str:
    return str(httpx.post(f"{server}/api/v1/tokens", timeout=PATIENCE_S).json()["token"])


@pytest.fixture(scope="module")
def client(server: str) -> openai.OpenAI:
    return openai.OpenAI(api_key=token(server), base_url=f"{server}/v1", max_retries=0, timeout=PATIENCE_S)


def decoded(sound: bytes) -> np.ndarray:
    """Float32 (n,) at 48 kHz."""
    with av.open(io.BytesIO(sound)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48000)
        pieces = [piece.to_ndarray()[0] for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate(pieces)


@pytest.mark.parametrize("kind", ["mp3", "opus", "aac", "flac", "wav"])
def test_each_format_is_whole_and_as_loud_as_it_should_be(client: openai.OpenAI, kind: str) -> None:
    answer = client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT * 3, response_format=kind)  # type: ignore[arg-type]
    sound = decoded(answer.content)
    assert 5 < len(sound) / 48000 < 30
    assert loudness([sound], 48000) == pytest.approx(-16, abs=0.5)
    assert 20 * np.log10(true_peak(sound)) <= -1


def test_bare_samples_are_of_24_khz(client: openai.OpenAI) -> None:
    bare = client.audio.speech.create(model="tts-1", voice="echo", input=TEXT, response_format="pcm").content
    whole = client.audio.speech.create(model="tts-1", voice="echo", input=TEXT, response_format="wav").content
    assert len(bare) / 2 / 24000 == pytest.approx(len(decoded(whole)) / 48000, abs=0.02)


def test_it_comes_in_pieces_while_it_is_spoken(client: openai.OpenAI) -> None:
    ask = client.audio.speech.with_streaming_response.create
    with ask(model="tts-1", voice="nova", input="One sentence after the other. " * 20, response_format="mp3") as answer:
        pieces = [*answer.iter_bytes(4096)]
    assert len(pieces) > 8
    assert len(decoded(b"".join(pieces))) / 48000 > 20


def test_events_carry_the_same_sound(client: openai.OpenAI, server: str) -> None:
    asked = {
        "input": TEXT,
        "voice": {"id": "sage"},
        "response_format": "pcm",
        "stream_format": "sse",
        "model": "gpt-4o-mini-tts",
    }
    answer = httpx.post(
        f"{server}/v1/audio/speech",
        json=asked,
        headers={"Authorization": f"Bearer {client.api_key}"},
        timeout=PATIENCE_S,
    )
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "speech.audio.done"
    sound = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    assert sound == client.audio.speech.create(model="x", voice="sage", input=TEXT, response_format="pcm").content


def test_speed_and_the_owners_lexicon_are_heard(client: openai.OpenAI, server: str) -> None:
    def length(text: str, speed: float = 1.0) -> int:
        return len(
            client.audio.speech.create(model="x", voice="fable", input=text, response_format="pcm", speed=speed).content
        )

    usual = length("This takes its time, as it should.")
    assert length("This takes its time, as it should.", 2.0) < 0.7 * usual
    assert length("This takes its time, as it should.", 0.25) > 1.7 * usual
    before = length("SQL")
    ours = {"headers": {"Authorization": f"Bearer {client.api_key}"}, "timeout": PATIENCE_S}
    assert (
        httpx.put(f"{server}/api/v1/lexicon", json={"lines": "SQL = the structured query language"}, **ours).status_code
        == 200
    )  # type: ignore[arg-type]
    assert httpx.get(f"{server}/api/v1/lexicon", **ours).json()["lines"].startswith("SQL")  # type: ignore[arg-type]
    assert length("SQL") > 2 * before
    assert httpx.put(f"{server}/api/v1/lexicon", json={"lines": "nonsense"}, **ours).status_code == 400  # type: ignore[arg-type]
    stranger = httpx.get(f"{server}/api/v1/lexicon", timeout=PATIENCE_S).json()
    assert stranger == {"lines": ""}


def test_what_is_wrong_is_told_to_the_client(client: openai.OpenAI, server: str) -> None:
    with pytest.raises(openai.BadRequestError, match="nobody"):
        client.audio.speech.create(model="tts-1", voice="nobody", input="hello")
    with pytest.raises(openai.BadRequestError, match="nothing to say"):
        client.audio.speech.create(model="tts-1", voice="alloy", input="...")
    with pytest.raises(openai.BadRequestError, match="speed"):
        client.audio.speech.create(model="tts-1", voice="alloy", input="hello", speed=9)
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(model="tts-1", voice="alloy", input="a" * 60_000)
    other = openai.OpenAI(api_key="wrong", base_url=f"{server}/v1", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        other.audio.speech.create(model="tts-1", voice="alloy", input="hello")


def test_voices_and_models_are_listed(client: openai.OpenAI) -> None:
    known = client.get("/audio/voices", cast_to=dict)  # type: ignore[type-var]
    names = {voice["id"] for voice in known["voices"]}
    assert {"nora", "alloy", "shimmer", "am_two"} <= names
    assert [model.id for model in client.models.list()] == ["espeak", "own-kokoro"]


def test_a_trained_voice_speaks_where_its_card_is_the_model(client: openai.OpenAI, tmp_path: Path) -> None:
    answer = client.audio.speech.create(model="own-kokoro", voice="am_two", input="Hello there.", response_format="wav")
    (tmp_path / "said.wav").write_bytes(answer.content)
    assert loudness([decoded(answer.content)], 48000) == pytest.approx(-16, abs=0.5)
    record = read(tmp_path / "said.wav")
    assert record is not None
    assert record["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    assert "own-kokoro" in record["models"]
    other = client.audio.speech.create(model="tts-1", voice="alloy", input="Hello there.", response_format="wav")
    assert other.content != answer.content


@pytest.mark.parametrize("kind", ["mp3", "opus", "flac", "wav"])
def test_files_say_that_they_are_synthetic(client: openai.OpenAI, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"said.{kind}"
    answer = client.audio.speech.create(model="x", voice="ash", input="hello there", response_format=kind)  # type: ignore[arg-type]
    file.write_bytes(answer.content)
    record = read(file)
    assert record is not None
    assert record["digital_source_type"].endswith("/algorithmicMedia")
    assert record["request"]["text"] == "hello there"
    assert answer.response.headers["x-digital-source-type"].endswith("/algorithmicMedia")


def test_many_at_once_hear_their_own(client: openai.OpenAI) -> None:
    texts = [f"This is number {number}, and only number {number}." for number in range(12)]

    def said(text: str) -> bytes:
        return client.audio.speech.create(model="x", voice="alloy", input=text, response_format="pcm").content

    alone = [said(text) for text in texts]
    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(said, texts)] == alone
    assert len(set(alone)) == len(texts)


def test_a_job_is_heard_while_it_goes_on(client: openai.OpenAI, server: str) -> None:
    ours = httpx.Client(base_url=server, headers={"Authorization": f"Bearer {client.api_key}"}, timeout=PATIENCE_S)
    sent = ours.post("/api/v1/tasks/speak", json={"text": "One sentence comes after the other. " * 60})
    job = sent.json()["id"]
    while not (view := ours.get(f"/api/v1/jobs/{job}").json())["preview"]:
        assert view["state"] in ("queued", "running")
    stranger = httpx.get(f"{server}/previews/{job}", timeout=PATIENCE_S)
    assert stranger.status_code == 404
    with ours.stream("GET", f"/previews/{job}") as answer:
        blocks = answer.iter_bytes()
        heard = next(blocks)
        assert ours.get(f"/api/v1/jobs/{job}").json()["state"] == "running"
        heard += b"".join(blocks)
    done = ours.get(f"/api/v1/jobs/{job}").json()
    assert done["state"] == "done"
    assert done["preview"] is None
    assert len(decoded(heard)) / 48000 == pytest.approx(done["result"]["length"], abs=0.1)
