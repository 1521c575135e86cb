"""What came of what: the tree of jobs, and the state of the tab at one of them."""

from types import SimpleNamespace

from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest, CharacterResult, Choice
from tabs.kit.characterkept import Kept
from tabs.kit.characterpast import CharacterPast

SHEET = Sheet(lines=(Line(section="hair", text="ponytail"),))
FOUND = (Choice(region="hair", part="hair/ponytail", title="ponytail"),)


def job(name: str, asked: dict, made: dict, created: float, owner: str = "ann"):
    request = CharacterRequest(**asked).model_dump(mode="json")
    result = CharacterResult(**made).model_dump(mode="json")
    return SimpleNamespace(
        id=name, task="character", owner=owner, state="done", request=request, result=result, seed=3, created=created
    )


JOBS = [
    job("c", {"after": "a", "refined": "r1", "look": "ink"}, {"output": "o3"}, 3),
    job("b", {"after": "a", "parts": ("hair/bob",)}, {"sheet": SHEET, "found": FOUND, "output": "o2"}, 2),
    job("p", {"after": "a", "output_format": "ora"}, {"output": "file"}, 1.5),
    job(
        "a",
        {"idea": "a witch"},
        {"sheet": SHEET, "found": FOUND, "preliminary": "p1", "drawing": "d1", "refined": "r1", "output": "o1"},
        1,
    ),
]


def past(jobs) -> CharacterPast:
    library = SimpleNamespace(those=lambda ids, owner: [SimpleNamespace(id=one) for one in ids])
    store = SimpleNamespace(of=lambda owner, most: [one for one in jobs if one.owner == owner])
    return CharacterPast(SimpleNamespace(jobs=store, library=library))


def test_a_state_is_what_its_job_and_those_before_it_have_made():
    kept, values = past(JOBS).state("c", "ann")
    assert (kept.sheet, kept.drawing, kept.refined, kept.output, kept.job) == (SHEET, "d1", "r1", "o3", "c")
    assert values["look"] == "ink" and not any(kept.stale(step, values) for step in kept.based)
    kept, _ = past(JOBS).state("b", "ann")
    assert (kept.worn, kept.output, kept.drawing) == (("hair/bob",), "o2", "d1")


def test_strangers_and_circles_lead_nowhere():
    assert past(JOBS).state("a", "bob") is None and past(JOBS).state("zzz", "ann") is None
    circle = [job("x", {"after": "y"}, {"output": "1"}, 1), job("y", {"after": "x"}, {"output": "2"}, 2)]
    kept, _ = past(circle).state("x", "ann")
    assert kept.output == "1"


def test_nothing_was_ever_made():
    assert Kept().job == "" and past([]).state("a", "ann") is None
