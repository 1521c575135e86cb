"""Instructions to language models, which are data: ``assets/llm/<name>.md``, with ``$names`` to fill in."""

from functools import cache
from string import Template

from studio.paths import ASSETS

FOLDER = ASSETS / "llm"


def instruction(name: str, **values: object) -> str:
    """The instruction with its values. Raises KeyError for one that isn't given."""
    return _read(name).substitute({key: str(value) for key, value in values.items()}).strip()


@cache
def _read(name: str) -> Template:
    return Template((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
