"""The seven steps of a character. Each takes what it is given, and makes only what isn't given."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from engines.arrays import Bytes
from engines.character._answers import Answers
from engines.character._cast import Cast, shown_lines
from engines.character._drawn import Drawn
from engines.character._found import Match, named, searched, unanswered
from engines.character._layers import Layers, write_layers
from engines.character._masks import painted_map
from engines.character._own import OUTLINED
from engines.figure.character import Character as Figure
from engines.figure.character import holding_side
from engines.figure.drawing import LARGEST
from engines.figure.library import library as figures
from engines.media.picture import read_picture, write_picture
from engines.words.parse import lexicon
from engines.words.tags import library as tags
from studio.errors import Unavailable
from studio.prompting import prompt_of
from studio.run import Run
from studio.tasks._figure import Character
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest, CharacterResult, Choice, step_number
from studio.tasks.cutout import CutoutRequest, CutoutResult
from studio.tasks.describe import DescribeRequest, DescribeResult
from studio.tasks.prompt import PromptRequest, PromptResult
from studio.tasks.refine import RefineRequest, RefineResult
from studio.tasks.upscale import UpscaleRequest, UpscaleResult

Draw = Callable[[Drawn, Sheet], Bytes]
"""The drawing of step 4 from the parts in their places, uint8 HxWx3 or HxWx4."""
FEATURES = ("subject", "face", "hair", "body", "outfit", "held", "pose")
FIGURE = ("body", "build", "pose", "expression", "palette", "skin", "hair", "iris", "parts")


@dataclass
class Steps:
    """One request on its way. ``made`` grows step by step; ``refining`` are settings of the request that refines the drawing."""

    request: CharacterRequest
    run: Run
    draw: Draw
    refining: Mapping[str, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict, init=False)
    _figure: Figure = field(init=False)
    _pictures: dict[str, str] = field(init=False)

    def result(self) -> CharacterResult:
        """Every step up to the last one that is wanted."""
        layered = self.request.output_format != "picture"
        drawn = self._to_drawing() if self.request.refined is None or layered else None
        if self._wanted("upscale") and (picture := self._latest()):
            self.made["output"] = self._layered(picture, drawn) if layered and drawn else self._enlarged(picture)
        return CharacterResult(**self.made)

    def _to_drawing(self) -> Drawn | None:
        """Up to the refined drawing; the figure in its places, where it has come to that."""
        sheet = self._tags()
        if not self._wanted("library"):
            return None
        figure = self._library(sheet)
        if not self._wanted("masks"):
            return None
        drawn = self._masks(figure)
        if self.request.refined is not None:
            return drawn
        if self._wanted("draw") and self.request.drawing is None:
            self.run.step(*self._at("draw"), unit="steps")
            self.made["drawing"] = self._drawing(drawn, sheet)
        picture = self.request.drawing or self.made.get("drawing")
        if picture and self._wanted("redefine"):
            self._redefine(picture, sheet)
        if picture and self._wanted("refine"):
            self._refine(picture, drawn)
        return drawn

    def _tags(self) -> Sheet:
        request, given = self.request, self.request.given
        if given.lines and not request.redraw:
            sheet = given
        else:
            told = request.idea.strip()
            wanted = PromptRequest(
                idea=request.idea,
                draw=not told,
                style=request.style,
                spread=request.spread,
                sheet=Sheet(lines=given.locked, style=given.style).model_dump_json() if given.locked else "",
                language=request.language,
            )
            made = self._call("tags", "prompt", wanted)
            assert isinstance(made, PromptResult)
            sheet = made.prompts[0].sheet
        prompt = prompt_of(sheet, "sd")
        self.made |= {"sheet": sheet, "prompt": prompt.prompt, "negative": prompt.negative}
        return sheet

    def _library(self, sheet: Sheet) -> Figure:
        """Who is drawn: as given, and for the rest as the lines say."""
        self.run.step(*self._at("library"), unit="steps")
        who = self.request.who
        asked = replace_parts(self.request, who)
        worn = {figures().part(name).region for name in asked.parts} & OUTLINED
        matches = [match for match in self._matches(sheet) if not (match.own and match.own.region in worn)]
        self._pictures = {
            **{match.own.region: match.own.id for match in reversed(matches) if match.own},
            **{region: pictures[0] for region, pictures in self.request.pictures.items() if pictures},
        }
        taken = OUTLINED & self._pictures.keys()
        seen = {match.part: match.line for match in matches if match.part}
        cast = Cast(figures(), lexicon(tags()), sheet, asked, np.random.default_rng(self.run.seed), seen, taken)
        figure = cast.character()
        given = {name: value for name in FIGURE if (value := getattr(who, name))}
        if given:
            pose = given.get("pose", figure.pose)
            figure = replace(figure, **given, held=holding_side(figures(), pose))
        kept = tuple(name for name in figure.parts if figures().part(name).region not in taken)
        figure = replace(figure, parts=kept)
        own = [self._own_choice(region, picture, matches) for region, picture in self._pictures.items()]
        self.made["found"] = (*(one for one in cast.found if one.region not in self._pictures), *own)
        self.made["character"] = Character(**{name: getattr(figure, name) for name in FIGURE})
        self._figure = figure
        resolved = self.request.model_copy(
            update={
                "sheet": sheet.model_dump_json(),
                "figure": self.made["character"].model_dump_json(),
                "redraw": False,
                "pictures": {region: (picture,) for region, picture in self._pictures.items()},
            }
        )
        self.run.resolved(resolved, prompt=self.made["prompt"], negative_prompt=self.made["negative"])
        return figure

    def _matches(self, sheet: Sheet) -> list[Match]:
        """Own parts by name, and what a network finds for lines that nothing answers by name; the surest first."""
        parts = self.run.own_parts() if self.request.owned else ()
        lines = [line for line in sheet.lines if line.section != "negative" and line.weight > 0]
        answers = Answers(lexicon(tags()))
        found = named(parts, lines, answers, figures())
        open_lines = unanswered(lines, answers, figures(), [match.line for match in found])
        return [*found, *searched(open_lines, parts, figures(), self.run)]

    def _own_choice(self, region: str, picture: str, matches: Sequence[Match]) -> Choice:
        match = next((one for one in matches if one.own and one.own.id == picture), None)
        if match is None or match.own is None:
            return Choice(region=region, picture=picture, title=Path(self.run.name(picture)).stem, how="given")
        return Choice(region=region, picture=picture, title=match.own.title, line=match.line.text, how=match.how)  # type: ignore[arg-type]

    def _masks(self, figure: Figure) -> Drawn:
        request = self.request
        self.run.step(*self._at("masks"), unit="steps")
        own = {region: self._cut_out(region, picture) for region, picture in self._pictures.items()}
        painted = read_picture(self.run.path(request.masks)) if request.masks else None
        drawn = Drawn(figure, request.height, request.backdrop, own, painted)
        self.made["masks"] = self._kept(painted_map(drawn.labels), "masks")
        self.made["preliminary"] = self._kept(drawn.flat(), "preliminary")
        return drawn

    def _cut_out(self, region: str, picture: str) -> Bytes:
        """What is meant of an own picture, on transparent ground; all of it for what is behind the figure."""
        if region == "background":
            return read_picture(self.run.path(picture))
        made = self._call("masks", "cutout", CutoutRequest(picture=picture, hints=self.request.hints_for(region)))
        assert isinstance(made, CutoutResult)
        return read_picture(self.run.path(made.output))

    def _drawing(self, drawn: Drawn, sheet: Sheet) -> str:
        """The drawing; one that was whole before the job was stopped is taken as it is."""
        whole = self.run.workdir / "drawing.png"
        with self.run.output(".png", name="drawing") as out:
            if not whole.is_file():
                write_picture(out.path, self.draw(drawn, sheet))
                shutil.copyfile(out.path, part := whole.with_name("part.png"))
                part.replace(whole)
            else:
                shutil.copyfile(whole, out.path)
        return out.id

    def _redefine(self, picture: str, sheet: Sheet) -> None:
        """The lines as a model that sees reads them off the picture; without one, as what stands for them is drawn."""
        asked = PromptRequest(
            engine="llm", picture=picture, sheet=sheet.model_dump_json(), language=self.request.language
        )
        try:
            made = self._call("redefine", "prompt", asked)
            assert isinstance(made, PromptResult)
            described = made.prompts[0].sheet
        except Unavailable:
            described = self._as_drawn(picture, sheet)
        gone, come = difference(sheet, described)
        self.made |= {"described": described, "gone": gone, "come": come}

    def _as_drawn(self, picture: str, sheet: Sheet) -> Sheet:
        shown = shown_lines(sheet.lines, self._figure, figures(), Answers(lexicon(tags())))
        seen = self._call("redefine", "describe", DescribeRequest(pictures=(picture,), language=self.request.language))
        assert isinstance(seen, DescribeResult)
        palette = [line for line in seen.pictures[0].sheet.lines if line.slot == "palette"]
        kept = [line for line in sheet.lines if line.locked or not _drawable(line) or line in shown]
        said = {line.said for line in kept}
        return sheet.model_copy(update={"lines": (*kept, *(line for line in palette if line.said not in said))})

    def _refine(self, picture: str, drawn: Drawn) -> None:
        boxes = tuple(f"{kind}:{','.join(map(str, box))}" for kind, box in drawn.spots())
        prompt = ", ".join(line.said for line in self.made["sheet"].lines if line.section == "face")
        wanted = RefineRequest(
            picture=picture, boxes=boxes, refused=self.request.refused, prompt=prompt[:4000], **self.refining
        )
        made = self._call("refine", "refine", wanted)
        assert isinstance(made, RefineResult)
        self.made |= {"refined": made.output, "spots": made.spots}

    def _enlarged(self, picture: str) -> str:
        if self.request.scale == 1:
            return self._kept(read_picture(self.run.path(picture)), "character", aside=False)
        return self._larger(picture, self.request.scale, aside=False)

    def _larger(self, picture: str, scale: int, *, aside: bool) -> str:
        made = self._call("upscale", "upscale", UpscaleRequest(source=picture, scale=scale), aside=aside)
        assert isinstance(made, UpscaleResult)
        return made.output

    def _layered(self, picture: str, drawn: Drawn) -> str:
        def tick() -> None:
            self.run.step(*self._at("upscale"), unit="steps")

        tick()
        own = read_picture(self.run.path(picture))
        scale = min(self.request.scale, LARGEST // drawn.height)
        if scale < self.request.scale:
            self.run.note("character.layers_smaller", scale=scale)
        larger = None if scale == 1 else read_picture(self.run.path(self._larger(picture, scale, aside=True)))
        layers = Layers(drawn, own, self.request.language, larger, tick)
        with self.run.output(f".{self.request.output_format}", name="character") as out:
            write_layers(out.path, layers, self.made["character"].model_dump())
        return out.id

    def _latest(self) -> str | None:
        found: str | None = self.request.refined or self.made.get("refined") or self.made.get("drawing")
        return found

    def _wanted(self, step: Any) -> bool:
        return step_number(step) <= self.request.last

    def _at(self, step: Any) -> tuple[int, int]:
        return step_number(step), self.request.last + 1

    def _call(self, step: Any, task: str, request: Any, *, aside: bool = True) -> Any:
        number, of = self._at(step)
        return self.run.call(task, request, number=number, of=of, aside=aside)

    def _kept(self, picture: Bytes, name: str, *, aside: bool = True) -> str:
        with self.run.output(".png", name=name, aside=aside) as out:
            write_picture(out.path, picture)
        return out.id


def replace_parts(request: CharacterRequest, who: Character) -> CharacterRequest:
    """The request with the figure's own parts and build in place of those that it names besides."""
    more = {"parts": who.parts or request.parts, "build": who.build or request.build}
    return request.model_copy(update=more)


def difference(before: Sheet, after: Sheet) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Lines that only the first has, and lines that only the second has."""
    old, new = ({line.said.casefold() for line in sheet.lines} for sheet in (before, after))
    gone = tuple(line for line in before.lines if line.said.casefold() not in new)
    return gone, tuple(line for line in after.lines if line.said.casefold() not in old)


def _drawable(line: Line) -> bool:
    """Whether the drawn library could show a line at all, so that its absence says something."""
    return line.section in FEATURES and bool(line.slot)
