"""The prompt tab's desk on a studio at work: sheets are made, changed by hand, kept, and written in a dialect."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from studio.paths import ASSETS
from studio.settings import Settings
from studio.studio import Studio
from tabs.kit.promptdesk import Asked, Kept, PromptDesk
from tests.tabs.visit import Visit

IDEA = "a red-haired girl with a longsword"


@dataclass
class Room:
    studio: Studio
    desk: PromptDesk
    me: Visit = field(default_factory=Visit)

    def made(self, way: str, kept: Any = None, **asked: Any) -> tuple[Kept, str, str]:
        """What is kept at last, the sheet and the text."""
        values = vars(Asked(**asked)).values()
        last = list(getattr(self.desk, way)(kept or {}, self.me, *values))[-1]
        assert last[3] == "", last[3]
        return Kept.of(last[0]), last[1], last[2]


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
    assert 'value="ginger hair"' in sheet and "ginger hair" in text and "at-contact" not in sheet
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
    values = vars(Asked()).values()
    last = list(room.desk.again(by_hand(kept, line=number), kept.model_dump(), room.me, *values))[-1]
    new = Kept.of(last[0]).sheet.lines
    assert new[number].slot == "weapon" and new[number] != kept.sheet.lines[number]
    assert new[:number] + new[number + 1 :] == kept.sheet.lines[:number] + kept.sheet.lines[number + 1 :]


def test_a_picture_becomes_a_sheet_beside_what_is_locked(room):
    kept, *_ = room.made("write", idea=IDEA)
    locked = kept.sheet.lines[0].model_copy(update={"locked": True})
    kept = kept.changed(kept.sheet.model_copy(update={"lines": (locked,)}))
    now, sheet, _ = room.made("look_at", kept.model_dump(), picture=str(ASSETS / "samples" / "astronaut.jpg"))
    assert now.sheet.lines[0] == locked and len(now.sheet.lines) > 3 and "smiling" in sheet
    values = vars(Asked()).values()
    assert "picture first" in list(room.desk.look_at({}, room.me, *values))[-1][3]


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
    values = vars(Asked(**asked)).values()
    last = list(room.desk.write({}, room.me, *values))[-1]
    assert last[:3] == [gr.skip()] * 3 and told in last[3]


def test_a_server_that_is_not_there_is_told(room):
    update, told = room.desk.models("http://127.0.0.1:9/v1", "", "", room.me)
    assert update == gr.skip() and "Nobody answers" in told
