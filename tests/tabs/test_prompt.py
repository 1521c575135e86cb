"""The prompt tab's desk on a studio at work: sheets are made, changed by hand, kept, and written in a dialect."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.owners import owner_of
from studio.paths import ASSETS
from studio.settings import Settings
from studio.studio import Studio
from tabs.kit.promptask import Asked
from tabs.kit.promptdesk import PromptDesk
from tabs.kit.promptkept import MOST_PAST, Kept, difference
from tests.tabs.visit import Visit

IDEA = "a red-haired girl with a longsword"


@dataclass
class Room:
    studio: Studio
    desk: PromptDesk
    me: Visit = field(default_factory=Visit)

    def told(self, way: str, *given: Any, **asked: Any) -> tuple[Any, str]:
        """The job that is begun, and how it stands at last."""
        begun, standing = list(getattr(self.desk, way)(*given, self.me, *vars(Asked(**asked)).values()))[-1]
        return begun, standing

    def made(self, way: str, kept: Any = None, **asked: Any) -> tuple[Kept, str, str]:
        """What is kept at last, the sheet and the text."""
        return self.taken(kept or {}, *self.told(way, kept or {}, **asked))

    def taken(self, kept: Any, begun: Any, standing: str) -> tuple[Kept, str, str]:
        assert "at-error" not in standing, standing
        waits, now, sheet, text, _ = self.desk.take(kept, begun, self.me)
        assert waits == {}
        return Kept.of(now), sheet, text

    def picture(self, file: Path) -> str:
        return self.studio.library.add(file, owner_of(self.me)).id


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> Iterator[Room]:
    with closing(Studio(Settings(data_dir=tmp_path_factory.mktemp("studio")))) as studio:
        studio.start()
        yield Room(studio, PromptDesk(studio))


def by_hand(kept: Kept, turn: str | None = None, **more: Any) -> Any:
    """An event of the page with the lines as they stand."""
    return SimpleNamespace(turn=kept.turn if turn is None else turn, sheet=kept.sheet.model_dump(mode="json"), **more)


def test_an_idea_becomes_a_sheet_and_a_text(room):
    kept, sheet, text = room.made("write", idea=IDEA)
    assert len(kept.sheets) == 1 and len(kept.sheet.lines) > 10
    assert ">ginger hair</textarea>" in sheet and "ginger hair" in text and "at-contact" not in sheet
    assert "<h3>头发</h3>" in room.desk.restore(kept.model_dump(), Visit(cookies={"atelier_language": "zh-CN"}))[1]
    assert room.desk.restore(kept.model_dump(), room.me)[1] == sheet


def test_several_sheets_are_shown_to_choose_from(room):
    kept, sheet, _ = room.made("draw", count=5, style="storybook-watercolour")
    assert len(kept.sheets) == 5 and sheet.count('class="at-contact"') == 5 and sheet.count("aria-current") == 1
    chosen = room.desk.choose(SimpleNamespace(number=3), kept.model_dump(), room.me)
    assert Kept.of(chosen[0]).sheet == kept.sheets[3] and Kept.of(chosen[0]).turn != kept.turn


def test_the_visitors_hand_changes_the_text_and_not_the_lines_on_the_page(room):
    kept, *_ = room.made("write", idea=IDEA)
    line = kept.sheet.lines[0].model_copy(
        update={"text": "a fearless girl", "english": "", "weight": 1.4, "locked": True}
    )
    sheet = kept.sheet.model_copy(update={"lines": (line, *kept.sheet.lines[1:])})
    event = SimpleNamespace(turn=kept.turn, sheet=sheet.model_dump(mode="json"))
    now, shown, text, _ = room.desk.edit(event, kept.model_dump(), room.me)
    assert shown == gr.skip() and "(a fearless girl:1.4)" in text
    assert room.desk.edit(by_hand(kept, turn="older"), kept.model_dump(), room.me)[0] == gr.skip()
    again, *_ = room.made("draw", now)
    assert again.sheet.locked == (line,)


def test_a_line_is_added_and_drawn_anew(room):
    kept, *_ = room.made("write", idea=IDEA)
    added = Kept.of(room.desk.edit(by_hand(kept, add="held"), kept.model_dump(), room.me)[0])
    assert len(added.sheet.lines) == len(kept.sheet.lines) + 1 and added.sheet.lines[-1].section == "held"
    number = next(number for number, line in enumerate(kept.sheet.lines) if line.slot == "weapon")
    begun = room.told("again", by_hand(kept, line=number), kept.model_dump())
    new = room.taken(kept.model_dump(), *begun)[0].sheet.lines
    assert new[number].slot == "weapon" and new[number] != kept.sheet.lines[number]
    assert new[:number] + new[number + 1 :] == kept.sheet.lines[:number] + kept.sheet.lines[number + 1 :]


def test_a_picture_becomes_a_sheet_beside_what_is_locked(room):
    kept, *_ = room.made("write", idea=IDEA)
    locked = kept.sheet.lines[0].model_copy(update={"locked": True})
    kept = kept.changed(kept.sheet.model_copy(update={"lines": (locked,)}))
    picture = room.picture(ASSETS / "samples" / "astronaut.jpg")
    now, sheet, _ = room.made("look_at", kept.model_dump(), picture=picture)
    assert now.sheet.lines[0] == locked and len(now.sheet.lines) > 3 and "smiling" in sheet
    assert "picture first" in room.told("look_at", {})[1]
    assert "holds no prompt" in room.told("read", {}, picture=picture)[1]


def test_the_prompt_in_a_pictures_file_becomes_the_sheet(room, tmp_path):
    notes = PngInfo()
    notes.add_text("parameters", "ginger hair, (old oak:1.3)\nNegative prompt: fog\nSteps: 20, Seed: 1, Size: 8x8")
    Image.new("RGB", (8, 8)).save(tmp_path / "made.png", pnginfo=notes)
    kept, *_ = room.made("read", {}, picture=room.picture(tmp_path / "made.png"), style="ligne-claire", idea=IDEA)
    assert [(line.said, line.weight) for line in kept.sheet.lines] == [("ginger hair", 1), ("old oak", 1.3), ("fog", 1)]


def test_a_saved_sheet_is_a_file_with_provenance_that_can_be_loaded(room):
    kept, *_ = room.made("write", idea=IDEA, style="storybook-watercolour")
    edited = kept.changed(kept.sheet.model_copy(update={"lines": kept.sheet.lines[:-1]}))
    begun, standing = list(room.desk.save(edited.model_dump(), room.me))[-1]
    assert "gallery" in standing and room.desk.take({}, begun, room.me)[1] == gr.skip()
    (file,) = room.studio.library.list(owner_of(room.me), task="prompt", limit=1)
    whole = json.loads(file.path.read_text())
    assert [line["text"] for line in whole["prompts"][0]["sheet"]["lines"]] == [
        line.text for line in edited.sheet.lines
    ]
    assert whole["provenance"]["engine"] == "composer" and whole["AIGC"]["Label"] == "1"
    told = dict(room.studio.recall(file.id, owner_of(room.me)).values)
    loaded = Kept.of(room.desk.load(kept.model_dump(), {"sheet": told["sheet"]}, room.me)[1])
    assert loaded.sheet.lines == edited.sheet.lines and loaded.past[0].sheet == kept.sheet


def test_what_made_way_can_be_taken_back(room):
    first, *_ = room.made("write", idea=IDEA)
    second, *_ = room.made("draw", first.model_dump())
    third, *_ = room.made("draw", second.model_dump())
    assert [past.sheet for past in third.past] == [second.sheet, first.sheet]
    shown = room.desk.restore(third.model_dump(), room.me)[3]
    gone, come = difference(third.sheet, first.sheet)
    assert f">{gone[0].text}</del>" in shown and f">{come[0].text}</ins>" in shown
    back = Kept.of(room.desk.back(SimpleNamespace(number=1), third.model_dump(), room.me)[0])
    assert back.sheet == first.sheet and back.past[0].sheet == third.sheet and back.turn != third.turn
    assert Kept.of(room.desk.back(SimpleNamespace(number=99), back.model_dump(), room.me)[0]).sheet == first.sheet
    for _ in range(MOST_PAST):
        back = back.made("draw", [first.sheet if back.sheet != first.sheet else third.sheet])
    assert len(back.past) == MOST_PAST


def test_a_page_that_comes_back_finds_what_it_waits_for(room):
    begun, _ = room.told("draw", {}, count=2)
    assert list(room.desk.follow(begun, room.me))[-1][0] == begun
    assert len(room.taken({}, begun, "")[0].sheets) == 2
    assert list(room.desk.follow({}, room.me)) == [[gr.skip(), gr.skip()]]
    assert list(room.desk.follow({"id": "gone", "how": "draw"}, room.me))[-1] == [{}, ""]


def test_the_text_is_written_in_the_dialect_that_was_chosen(room):
    kept, *_ = room.made("write", idea=IDEA)
    texts = {name: room.desk.dialect(name, kept.model_dump(), room.me)[2] for name in ("sd", "prose", "danbooru")}
    assert "ginger_hair" in texts["danbooru"] and len(set(texts.values())) == 3


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"idea": IDEA, "ask": "translate"}, "language model"),
        ({"idea": "x", "url": "ftp://nowhere"}, "address of a server"),
        ({"idea": "", "ask": "apart"}, "idea"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_loses_nothing(room, asked, told):
    begun, standing = room.told("write", {}, **asked)
    assert told in standing
    assert room.desk.take({}, begun, room.me) == [{}, *[gr.skip()] * 4]


def test_a_server_that_is_not_there_is_told(room):
    update, told = room.desk.models("http://127.0.0.1:9/v1", "", "", room.me)
    assert update == gr.skip() and "Nobody answers" in told


def test_who_writes_can_be_chosen(room):
    """The best, the library, a server, or a card; one that isn't here is told before anything begins."""
    names = [name for _, name in room.desk.writers(room.me)["choices"]]
    assert names[:3] == ["", "built-in", "server"] and "qwen3-1.7b" in names[3:]
    assert room.made("write", idea=IDEA, writer="built-in")[0].sheet.lines
    assert "Qwen3 1.7B" in room.told("write", {}, idea=IDEA, writer="qwen3-1.7b")[1]
    assert room.made("draw", writer="qwen3-1.7b")[0].sheet.lines, "a draw needs no model"
