"""A language model that sees describes pictures, with the studio's captioning instruction, through any OpenAI-compatible server.

What has been answered is kept in the job's folder: a job that goes on doesn't pay for it twice.
"""

import hashlib
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from engines.arrays import Bytes
from engines.describe._batch import describe_all
from engines.describe._ranker import ranking
from engines.prompt._forms import Placed, caption_form, line_of
from engines.prompt._sheets import in_order
from engines.prompt._wishes import also_text
from engines.vision.describe.view import view_of
from engines.words.llm_client import Client
from engines.words.llm_json import NoForm, Writer
from engines.words.llm_picture import picture_part
from engines.words.llm_texts import instruction
from engines.words.llm_trouble import refused
from engines.words.parse import lexicon
from engines.words.tags import library
from studio.engine import Engine
from studio.errors import StudioError
from studio.run import Run
from studio.services import LLM
from studio.tasks._sheet import LONGEST, MOST_LINES, Line, Sheet
from studio.tasks.describe import Described, DescribeRequest, DescribeResult
from studio.tasks.prompt import Usage

ENGINE = Engine(task="describe", name="llm", rank=20, needs=("openai",), services=(LLM,), generative=True)

TEMPERATURE = 0.2
ABOUT_ONE = frozenset(
    {"llm.refused", "llm.broken", "llm.empty", "llm.length", "llm.large", "llm.rejected", "llm.context"}
)
"""Errors of one picture; any other is the server's, and every picture would meet it."""
BREAKS = re.compile(r"[,;\n。，；、]+|\.(?:\s|$)")
EDGES = " \t*-•·\"'`.:"
DECLINED = re.compile(r"\s*(i['’]?m|i am|i can|i cannot|i can['’]t|sorry|as an ai|unable)\b", re.IGNORECASE)
LEAST_PHRASES = 3
UNSEEN = frozenset({"quality", "negative"})
"""Sections of a sheet that no picture shows."""


def run(request: DescribeRequest, run: Run) -> DescribeResult:
    """Say of each picture what the model sees. Raises what the server's silence or refusal means, where nothing is described yet."""
    eyes = Eyes(request, run, Writer(Client(run.service(LLM)), run.seed, TEMPERATURE))
    with ExitStack() as stack:
        add = ranking(request, run, stack, unasked=False)

        def look(picture: Bytes, file: Path) -> Described:
            return add(view_of(picture).rgb, None, eyes.look(picture, file))

        result = describe_all(request, run, look, eyes.ends)
    tally = eyes.writer.tally
    usage = Usage(model=tally.model, tokens_in=tally.tokens_in, tokens_out=tally.tokens_out, cost=tally.cost)
    return result.model_copy(update={"usage": usage})


@dataclass
class Eyes:
    """One request's talk with the model. ``broken`` is why the server isn't asked any more."""

    request: DescribeRequest
    run: Run
    writer: Writer
    looked: int = 0
    good: int = 0
    broken: StudioError | None = None

    def look(self, picture: Bytes, file: Path) -> Described:
        """What uint8 HxWx3 or HxWx4 shows. Raises StudioError."""
        self.looked += 1
        kept = self.run.workdir / f"{hashlib.sha256(str(file).encode()).hexdigest()[:24]}.json"
        if kept.is_file():
            found = Described.model_validate_json(kept.read_bytes())
        elif self.broken is not None:
            raise self.broken
        else:
            found = self._ask(picture)
            beside = kept.with_suffix(".new")
            beside.write_text(found.model_dump_json(), encoding="utf-8")
            beside.replace(kept)
        self.good += 1
        return found

    def ends(self, error: StudioError) -> bool:
        """Whether the work is over with an error; where something has been described that is kept, and the rest isn't tried."""
        if not error.key.startswith("llm.") or error.key in ABOUT_ONE:
            return False
        self.broken = error
        return not self.good

    def _ask(self, picture: Bytes) -> Described:
        language = self.request.language
        asked = [{"type": "text", "text": instruction("caption_ask")}, picture_part(picture)]
        rules = {"role": "system", "content": instruction("caption", also=also_text(language))}
        try:
            found = self.writer.ask([rules, {"role": "user", "content": asked}], caption_form(language), self._tick)
        except NoForm as problem:
            found_lines = plain_lines(problem)
            self.run.note("llm.plain")
        else:
            seen = (line for line in found.lines if line.section not in UNSEEN)
            found_lines = [line_of(self._plain(line), lexicon(library())) for line in seen]
        return described(found_lines)

    def _plain(self, line: Placed) -> Placed:
        return line.model_copy(update={"english": tidy(line.english)})

    def _tick(self, count: int, said: str) -> None:
        self.run.step(self.looked - 1, len(self.request.pictures), unit="pictures")


def described(lines: list[Line]) -> Described:
    """Lines in the order in which they were said, as a caption, tags of the library and a sheet."""
    caption = ", ".join(dict.fromkeys(line.said for line in lines))
    tags = dict.fromkeys(tag.english for tag in lexicon(library()).tags_in(caption))
    return Described(name="", caption=caption, tags=tuple(tags), sheet=Sheet(lines=in_order(lines)[:MOST_LINES]))


def plain_lines(answer: NoForm) -> list[Line]:
    """The phrases of an answer in plain text. Raises what a refusal or anything but phrases means."""
    if DECLINED.match(answer.text):
        raise refused()
    phrases = [tidy(phrase) for phrase in BREAKS.split(answer.text)]
    phrases = [phrase[:LONGEST] for phrase in phrases if phrase]
    if "{" in answer.text or len(phrases) < LEAST_PHRASES:
        raise answer.told()
    return [Line(section="subject", text=phrase) for phrase in dict.fromkeys(phrases)][:MOST_LINES]


def tidy(phrase: str) -> str:
    """A phrase as captions have it: lower case, on one line, without marks at its ends."""
    return " ".join(phrase.replace(",", " ").split()).strip(EDGES).lower()
