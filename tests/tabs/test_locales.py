"""Texts in three languages: the same keys, the same placeholders, nothing that a page could ask for is missing."""

import re
import string
from pathlib import Path

import pytest

from studio.presets import presets
from studio.schema import options, title_of
from studio.tasks import tasks
from studio.texts import catalogue, languages

ROOT = Path(__file__).parents[2]
OTHERS = [lang for lang in languages() if lang != "en"]
FROM_MODELS = ("field.",)


def placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


@pytest.mark.parametrize("lang", OTHERS)
def test_every_text_stands_in_every_language(lang):
    english, other = catalogue("en"), catalogue(lang)
    assert sorted(english.keys() - other.keys()) == []
    assert sorted(key for key in other.keys() - english.keys() if not key.startswith(FROM_MODELS)) == []


@pytest.mark.parametrize("lang", OTHERS)
def test_placeholders_are_the_same(lang):
    english, other = catalogue("en"), catalogue(lang)
    assert [key for key in english if key in other and placeholders(english[key]) != placeholders(other[key])] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_every_setting_has_its_title_and_help(lang):
    texts = catalogue(lang)
    wanted = {f"field.{task}.{name}{end}" for task in tasks() for name in options(task) for end in ("", ".help")}
    assert sorted(wanted - texts.keys()) == []
    stale = {key for key in texts if key.startswith(FROM_MODELS)} - wanted
    assert sorted(stale) == []


@pytest.mark.parametrize("lang", languages())
def test_a_setting_goes_by_its_title(lang):
    titles = {title_of(task, name, lang) for task in tasks() for name in options(task)}
    assert [title for title in titles if not title.strip() or title.startswith(FROM_MODELS)] == []
    assert title_of("character", "palette", "ru") == catalogue("ru")["field.character.palette"]


@pytest.mark.parametrize("lang", languages())
def test_every_choice_and_task_has_its_name(lang):
    choices = {f"choice.{choice}" for task in tasks() for option in options(task).values() for choice in option.choices}
    names = {
        f"{prefix}.{task}{end}"
        for task in tasks()
        for prefix, end in (("ui.tab", ""), ("task", ".what"), ("task", ".open"))
    }
    assert sorted((choices | names) - catalogue(lang).keys()) == []


@pytest.mark.parametrize("task", tasks())
def test_presets_have_titles_and_pictures_of_what_can_be_seen(task):
    for preset in presets(task).values():
        assert set(languages()) <= preset.title.keys()
        if {"image", "video"} & set(tasks()[task].produces) and "audio" not in tasks()[task].accepts:
            assert (ROOT / "assets" / "styles" / task / f"{preset.name}.webp").is_file()


def test_keys_in_the_code_exist():
    """Every key that the code writes out in full, of errors, notes and of the page."""
    known = catalogue("en").keys()
    missing = set()
    for file in (path for room in ("studio", "engines", "tabs") for path in (ROOT / room).rglob("*.py")):
        code = file.read_text(encoding="utf-8")
        for name in re.findall(
            r'\b(?:BadInput|NotFound|NotAllowed|Unavailable|LimitReached|DiskFull|OutOfMemory|Failed)\(\s*"([a-z_.]+)"',
            code,
        ):
            missing |= {f"error.{name}"} - known
        for name in re.findall(r'\.note\(\s*"([a-z_.]+)"', code):
            missing |= {f"note.{name}"} - known
        for name in re.findall(r'(?<![.\w])(?:label|say)\(\s*"([a-z_.]+)"', code):
            missing |= {name} - known
    assert sorted(missing) == []


def test_no_text_of_the_page_is_left_over():
    code = "".join(
        path.read_text(encoding="utf-8") for room in ("studio", "tabs") for path in (ROOT / room).rglob("*.py")
    )
    built = re.compile(r'f?"(ui\.[a-z_.]*)\{')
    starts = tuple(sorted(set(built.findall(code))))
    unused = [
        key
        for key in catalogue("en")
        if key.startswith("ui.") and f'"{key}"' not in code and not key.startswith(starts)
    ]
    assert unused == []
