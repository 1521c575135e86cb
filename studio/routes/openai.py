"""``/v1/audio/speech`` and ``/v1/audio/voices`` as clients of OpenAI's interface know them: point one here by its base URL.

A token of the studio goes where the API key goes. What is spoken is streamed, and is no job: it isn't kept.
"""

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse

from studio.answers import answer_crash, language, status
from studio.card import Card
from studio.engine import part
from studio.errors import StudioError
from studio.owners import owner_of
from studio.provenance import Origin, embed
from studio.routes.context import Context, off_loop
from studio.tags.notes import AIGC
from studio.texts import text

PREFIX = "/v1"
MOST_LETTERS = 50_000
KEY = "espeak"
BLOCK = 64 * 1024
TAGGED = frozenset({"mp3", "opus", "flac"})


class NamedVoice(BaseModel):
    """A voice given as an object."""

    id: str = Field(max_length=80)


class SpeechRequest(BaseModel):
    """What OpenAI's interface asks for. ``model`` may be the card of an installed voice; any other means the embedded ones.
    ``instructions`` are taken and change nothing.
    """

    model_config = ConfigDict(extra="ignore")

    input: str = Field(max_length=MOST_LETTERS)
    model: str = Field("tts-1", max_length=200)
    voice: str | NamedVoice = "alloy"
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = Field(1.0, ge=0.25, le=4)
    stream_format: Literal["audio", "sse"] = "audio"
    instructions: str | None = Field(None, max_length=10_000)
    language: str = Field("auto", max_length=35)

    @property
    def voice_name(self) -> str:
        return self.voice if isinstance(self.voice, str) else self.voice.id


def openai_app(context: Context) -> FastAPI:
    """To be mounted at ``/v1`` behind ``Guard``."""
    handlers: Any = {
        StudioError: _answer_error,
        RequestValidationError: _answer_invalid,
        HTTPException: _answer_http,
        Exception: answer_crash,
    }
    api = FastAPI(title="Atelier, as OpenAI", version="1", docs_url=None, redoc_url=None, exception_handlers=handlers)

    @api.post("/audio/speech", summary="Speak a text")
    async def speak(body: SpeechRequest, request: Request) -> Response:
        owner = owner_of(request)
        pieces = _pieces(context, body, owner)
        first = await off_loop(next, pieces, b"")  # what is wrong with the request is known by then
        mime = part("speech.stream").MIMES[body.response_format]
        headers = {"X-Digital-Source-Type": _origin(context, body).source_type, "X-Accel-Buffering": "no"}
        if body.stream_format == "sse":
            return StreamingResponse(_events(first, pieces), media_type="text/event-stream", headers=headers)
        return StreamingResponse(_all(first, pieces), media_type=mime, headers=headers)

    @api.get("/audio/voices", summary="The voices")
    async def voices(request: Request) -> dict[str, Any]:
        owner_of(request)
        return {"voices": await off_loop(_voices, context, language(request))}

    @api.get("/models", summary="The models")
    async def models(request: Request) -> dict[str, Any]:
        owner_of(request)
        ids = [KEY, *(card.id for card in await off_loop(_cards, context))]
        return {
            "object": "list",
            "data": [{"id": id_, "object": "model", "created": 0, "owned_by": "atelier"} for id_ in ids],
        }

    return api


def _cards(context: Context) -> list[Card]:
    """The cards of voices that are installed."""
    return context.studio.cards.of_kind("speak", "voice")


def _card(context: Context, body: SpeechRequest) -> Card | None:
    return next((card for card in _cards(context) if card.id == body.model), None)


def _folder(context: Context, card: Card) -> Path:
    return context.studio.cards.file(card.id, card.files[0].name).parent


def _voices(context: Context, lang: str) -> list[dict[str, Any]]:
    known = part("speech.espeak").table()
    own = [
        {"id": timbre.name, "name": dict(timbre.titles).get(lang, timbre.name), "gender": timbre.gender}
        for timbre in known.timbres.values()
    ]
    others = [
        {"id": alias, "name": alias, "gender": known.timbres[name].gender, "same_as": name}
        for alias, name in known.aliases.items()
    ]
    return [*own, *_trained(context, lang), *others]


def _trained(context: Context, lang: str) -> Iterator[dict[str, Any]]:
    """The voices of installed cards; what can't be spoken with isn't listed."""
    for card in _cards(context):
        with suppress(StudioError):
            for name in part("speech.loading").speakers_of(card, _folder(context, card)) or (card.id,):
                yield {"id": name, "name": card.title.text(lang), "gender": "", "model": card.id}


def _origin(context: Context, body: SpeechRequest) -> Origin:
    settings = {"text": body.input, "voice": body.voice_name, "speed": body.speed}
    if card := _card(context, body):
        models = {card.id: card.revision}
        return Origin(
            "speak", "trained", generative=True, seed=0, request={**settings, "model": card.id}, models=models
        )
    return Origin("speak", KEY, generative=False, seed=0, request=settings, synthetic=True)


def _pieces(context: Context, body: SpeechRequest, owner: str) -> Iterator[bytes]:
    front, lexicon, stream, espeak = (part(f"speech.{name}") for name in ("front", "lexicon", "stream", "espeak"))
    words = lexicon.Lexicon.parse(context.studio.lexicons.get(owner))
    reading = front.Reading(language=body.language, voice=body.voice_name, rate=body.speed, lexicon=words)
    origin = _origin(context, body)
    notes = origin.notes
    tags = {
        "COMMENT": notes.record,
        AIGC: notes.aigc,
        "DIGITALSOURCETYPE": notes.source_type,
        "SOFTWARE": notes.software,
    }
    card, memory = _card(context, body), context.studio.memory
    style, heads = "clean" if card else "voice", tags if body.response_format in TAGGED else {}
    asked = stream.Asked(body.input, reading, body.response_format, heads, style)
    with ExitStack() as held:
        speaker = held.enter_context(memory.use(KEY, "cpu", espeak.Espeak))
        if card:
            own, embedded = card, speaker
            speaker = held.enter_context(
                memory.use(own.id, "cpu", lambda: part("speech.loading").load(own, _folder(context, own), embedded))
            )
        else:
            speaker.check_voice(body.voice_name)
        if body.response_format == "wav":
            yield from _wav(stream.samples(asked, speaker.speak), origin)
        else:
            yield from stream.speech(asked, speaker.speak)


def _wav(sound: Iterator[Any], origin: Origin) -> Iterator[bytes]:
    """A WAV file says at its head how long it is: it is made whole before it goes out."""
    files = part("audio.files")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        with files.SoundWriter(file, part("audio.master").RATE, kind="wav") as out:
            for piece in sound:
                out.write(piece)
        embed(file, origin)
        with file.open("rb") as made:
            while block := made.read(BLOCK):
                yield block


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _events(first: bytes, rest: Iterator[bytes]) -> Iterator[str]:
    for piece in _all(first, rest):
        if piece:
            yield f"data: {json.dumps({'type': 'speech.audio.delta', 'audio': base64.b64encode(piece).decode()})}\n\n"
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    yield f"data: {json.dumps({'type': 'speech.audio.done', 'usage': usage})}\n\n"


def _error(message: str, code: int, key: str, param: str | None = None) -> Response:
    kind = "invalid_request_error" if code < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": param, "code": key}}, code)


def _answer_error(request: Request, error: StudioError) -> Response:
    return _error(error.text(language(request)), status(error), error.key)


def _answer_invalid(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    field = ".".join(str(name) for name in first["loc"][1:])
    message = text("error.rest.value", language(request), field=field or "?", reason=first["msg"])
    return _error(message, 400, "rest.value", field)


def _answer_http(request: Request, error: HTTPException) -> Response:
    return _error(str(error.detail), error.status_code, "rest.request")
