"""What faces and engines need of prompts outside a job: a sheet as text, and the names of the library's styles and categories."""

from collections.abc import Mapping

from studio.engine import part
from studio.tasks._sheet import Sheet
from studio.tasks.prompt import Dialect, Prompt


def prompt_of(sheet: Sheet, dialect: Dialect) -> Prompt:
    """The sheet as the text of a dialect."""
    dialects = part("words.dialects")
    written = dialects.write_as(dialect, [dialects.Said(line.section, line.said, line.weight) for line in sheet.lines])
    return Prompt(sheet=sheet, prompt=written.prompt, negative=written.negative)


def style_titles(lang: str) -> Mapping[str, str]:
    """The library's styles: name → title."""
    return {name: style.title[lang] for name, style in part("words.tags").library().styles.items()}


def slot_titles(lang: str) -> Mapping[str, str]:
    """The library's categories: name → title."""
    return {category.name: category.title[lang] for category in part("words.tags").library().categories}
