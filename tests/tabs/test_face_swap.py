"""The face swap tab: who is in a clip becomes cards, photos on them become a request, and the word about rights comes first."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from studio.errors import NotAllowed
from studio.owners import HEADER
from studio.paths import ASSETS
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.faces import PersonFound
from tabs import face_swap
from tabs.kit.given import EVERYONE, Given
from tabs.kit.people import SHOWN, cards
from tabs.kit.runbar import Early, Runs
from tabs.kit.swapdesk import AUTO, NAME, SwapDesk
from tests.media.clips import make_clip
from tests.serving import picture
from tests.tabs.visit import Visit
from tests.waiting import until

pytestmark = pytest.mark.slow

SAMPLES = ASSETS / "samples"


@dataclass
class Room:
    """A studio at work, its desk, and a visitor whose sample clip was looked at."""

    studio: Studio
    desk: SwapDesk
    me: Visit = field(default_factory=Visit)
    kept: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def photo(self, name: str = "mona_lisa.jpg", owner: str = "me") -> str:
        return self.studio.library.add(SAMPLES / name, owner).id

    def give(self, at: float = AUTO, person: str = EVERYONE, turn: str = "", **photos: list[str]) -> list[Any]:
        named = {EVERYONE if name == "everyone" else name: ids for name, ids in photos.items()}
        event = SimpleNamespace(turn=turn or self.kept["turn"], photos=named, person=person)
        return self.desk.give(event, self.kept, at, self.me)


@pytest.fixture(scope="module")
def looked(tmp_path_factory) -> Iterator[Room]:
    with closing(Studio(Settings(data_dir=tmp_path_factory.mktemp("studio")))) as studio:
        studio.start()
        room = Room(studio, SwapDesk(studio))
        room.kept = room.desk.restore({}, AUTO, "", room.me)[0]
        room.told = list(room.desk.look(room.kept, room.me))
        yield room


def names(page: str) -> list[str]:
    return re.findall(r'class="at-person" data-person="(\w*)"', page)


def looks(page: str) -> str:
    return re.findall(r'data-look="([\w-]*)"', page)[0]


def somebody(number: int) -> PersonFound:
    return PersonFound(
        name=f"person{number}", crop="x", spans=((0.0, 1.0),), seconds=1.0, frames=24, at=0.5, box=(0, 0, 1, 1)
    )


def test_the_people_of_the_sample_become_cards_and_are_looked_for_once(looked):
    desk, me = looked.desk, looked.me
    assert "Looking for people" in looked.told[0] and 'data-act="halt"' in looked.told[0] and looked.told[-1] == ""
    at, page, slider = desk.found(looked.kept, AUTO, me)
    assert names(page) == ["", "person1", "person2", "person3"] and looks(page) == ""
    assert "Person 1" in page and page.count('class="at-spans"') == 3
    assert f'value="{at:.2f}"' in slider and at > 0
    assert "人物 1" in desk.found(looked.kept, AUTO, Visit(cookies={"atelier_language": "zh-CN"}))[1]
    jobs = len(looked.studio.jobs_of("me"))
    assert list(desk.look(looked.kept, me)) == [""]
    again = SwapDesk(looked.studio)
    assert names(again.restore(looked.kept, AUTO, "", me)[2]) == names(page)
    assert len(looked.studio.jobs_of("me")) == jobs


def test_a_photo_moves_the_frame_to_its_person_and_only_the_latest_hand_counts(looked):
    mine, others = looked.photo(), looked.photo("astronaut.jpg", "another")
    people = looked.desk._roll.people(looked.kept["target"], "me")
    kept, at, page, slider = looked.give(at=people[0].at, person="person2", person2=[mine, others])
    assert kept["photos"] == {"person2": [mine]} and f"thumbs/{mine}" in page and others not in page
    assert at == people[1].at and f'value="{at:.2f}"' in slider
    stays = looked.give(at=people[1].at, person="person2", person2=[mine])
    assert stays[1] == people[1].at and stays[3] == gr.skip()
    assert looked.give(turn="older", everyone=[mine]) == [gr.skip()] * 4


def test_rights_come_first_and_a_frame_is_tried_with_who_is_in_it(looked):
    desk, me, studio = looked.desk, looked.me, looked.studio
    kept, at, *_ = looked.give(person="person2", person2=[looked.photo()])
    wanted = desk.asked(kept, me)
    assert set(wanted["references"]) == {"person1", "person2", "person3"} and set(wanted["map"]) == {"person2"}
    with pytest.raises(NotAllowed):
        studio.submit(NAME, wanted, "me")
    assert not desk.ready(me, kept) and 'data-act="confirm"' in desk.withdraw(kept, me)
    page = desk.confirm(kept, me)
    assert 'data-act="withdraw"' in page and 'data-act="confirm"' not in page
    assert desk.ready(me, kept) and not desk.ready(me, looked.kept)

    early = Early(None, desk.ready, desk.moment)
    runs = Runs(
        studio, NAME, lambda request, kept, at: desk.asked(kept, request), lambda *it: face_swap.result(*it, []), early
    )
    seen = list(runs.try_out("", me, kept, at))
    job = studio.job(seen[0][0], "me")
    assert set(job.request["references"]) == set(job.request["map"]) == {"person2"}
    assert job.state == "done" and job.request["at"] == at and job.result["swapped"] == 1
    assert 'class="at-compare"' in seen[-1][2] and job.result["original"] in seen[-1][2]
    desk.withdraw(kept, me)


def test_settings_and_files_that_are_sent_here(looked):
    photo = looked.photo()
    target = looked.studio.library.get(looked.kept["target"], "me")
    kept, _, page, _, paint, _, stage = looked.desk.receive(
        target, {"source": [photo], "map": {"person3": [photo]}, "mask_brush": photo}, looked.me
    )
    assert kept["mask"] == photo and f'data-mask="{photo}"' in paint
    assert kept["photos"] == {"person3": [photo], EVERYONE: [photo]} and kept["turn"] != looked.kept["turn"]
    assert page.count(f"thumbs/{photo}") == 2 and target.id in stage
    numbered = {"source": [photo], "map": {"6": [photo]}, "by": "order"}
    kept, _, page, *_ = looked.desk.receive(target, numbered, looked.me)
    assert kept["by"] == "order" and names(page) == ["", *"123456"]
    placed = {"source": [photo], "map": {"30,50": [photo]}, "by": "place"}
    kept, *_ = looked.desk.receive(target, placed, looked.me)
    assert kept["by"] == "identity" and kept["photos"] == {EVERYONE: [photo]}
    assert looked.desk.receive(None, {}, looked.me) == [gr.skip()] * 7


def test_another_target_keeps_everyones_photo_and_stops_the_search_before(looked, tmp_path):
    other = tmp_path / "other.png"
    other.write_bytes(picture())
    photo = looked.photo()
    kept, *_ = looked.give(everyone=[photo], person1=[photo])
    placed = looked.desk.upload(str(other), kept, looked.me)
    assert placed[0]["photos"] == {EVERYONE: [photo]} and placed[0]["target"] != kept["target"]
    assert looks(placed[2]) == placed[0]["target"] and names(placed[2]) == [""] and placed[3] == ""
    list(looked.desk.look(placed[0], looked.me))
    lack = looked.desk.found(placed[0], AUTO, looked.me)[1]
    assert "No face was found" in lack and "Try a picture" in lack


def test_rows_by_order_take_photos_of_their_own(looked):
    desk, me, photo = looked.desk, looked.me, looked.photo()
    kept, *_ = looked.give(person1=[photo])
    assert 'value="identity" selected' in desk.found(kept, AUTO, me)[1]
    kept, page = desk.tell_apart(SimpleNamespace(by="order"), kept, me)
    assert names(page) == ["", *"1234"] and 'value="order" selected' in page and looks(page) == ""
    desk.confirm(kept, me)
    assert not desk.ready(me, kept)
    given = SimpleNamespace(turn=kept["turn"], photos={**kept["photos"], "2": [photo]}, person="2")
    kept, at, page, _ = desk.give(given, kept, 1.0, me)
    assert desk.ready(me, kept) and at == 1.0 and f"thumbs/{photo}" in page
    wanted = desk.asked(kept, me)
    assert wanted["by"] == "order" and wanted["map"] == {"2": [photo]} and "references" not in wanted
    assert desk.moment(me, kept, 1.0) == {"at": 1.0}
    back, page = desk.tell_apart(SimpleNamespace(by="identity"), kept, me)
    assert desk.asked(back, me)["map"] == {"person1": [photo]} and len(names(page)) == 4
    assert desk.tell_apart(SimpleNamespace(by="place"), kept, me)[0]["by"] == "identity"
    desk.withdraw(kept, me)


def test_a_painted_mask_goes_with_the_request_until_another_target_comes(looked, tmp_path):
    desk, me, mask = looked.desk, looked.me, looked.photo("astronaut.jpg")
    assert "mask_brush" not in desk.asked(looked.kept, me)

    def paint(mask: str, target: str = looked.kept["target"]) -> list[Any]:
        return desk.mask(SimpleNamespace(mask=mask, over=target), looked.kept, me)

    kept, box = paint(mask)
    assert f'data-mask="{mask}"' in box and "Mask painted" in box and "every frame" in box
    assert desk.asked(kept, me)["mask_brush"] == mask
    assert f'data-mask="{mask}"' in desk.restore(kept, AUTO, "", me)[4]
    given = SimpleNamespace(turn=kept["turn"], photos={EVERYONE: [mask]}, person=EVERYONE)
    assert desk.give(given, kept, AUTO, me)[0]["mask"] == mask
    assert paint(mask, "another") == [gr.skip()] * 2
    assert paint(looked.photo(owner="another"))[0]["mask"] == paint("")[0]["mask"] == ""
    other = tmp_path / "other.png"
    other.write_bytes(picture(seed=1))
    placed = desk.upload(str(other), kept, me)
    assert placed[0]["mask"] == "" and 'data-mask=""' in placed[4] and "every frame" not in placed[4]


def test_a_search_that_is_stopped_can_begin_again(looked, tmp_path):
    me = Visit(headers={HEADER: "hasty", "accept-language": "en"})
    kept = looked.desk.upload(str(make_clip(tmp_path / "long.mp4", frames=1500)), {}, me)[0]
    search = looked.desk.look(kept, me)
    assert 'data-act="halt"' in next(search)
    looked.desk.halt(kept, me)
    assert 'data-act="again"' in list(search)[-1]
    assert looks(looked.desk.found(kept, AUTO, me)[1]) == kept["target"]
    until(lambda: not looked.studio.jobs.live("hasty"))


def test_pictures_of_people_that_were_cleared_away_are_not_asked_for(looked):
    kept, *_ = looked.give(person2=[looked.photo()])
    looked.studio.library.clear_trials(float("inf"))
    wanted = looked.desk.asked(kept, looked.me)
    assert "references" not in wanted and set(wanted["map"]) == {"person2"}
    assert looks(looked.desk.restore(kept, AUTO, "", looked.me)[2]) == kept["target"]


def test_more_people_than_cards_are_told():
    page = cards(Given("t"), [somebody(number) for number in range(1, SHOWN + 4)], None, True, Visit())
    assert len(names(page)) == SHOWN + 1 and f"{SHOWN + 3} people were found" in page


@pytest.mark.parametrize("bad", [None, 3, [], {"photos": [1]}, {"photos": {"a": "b"}, "turn": 7}, {"target": None}])
def test_what_a_browser_keeps_may_be_anything(bad):
    assert Given.of(bad).photos == {} and Given.of(bad).target == ""
