"""Settings that speaking and dubbing have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from studio.tasks import control

TAG = r"^(auto|[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*)$"


def language(description: str) -> Any:
    """A language as a tag, or ``auto``."""
    return control("auto", max_length=35, pattern=TAG, title="Language", description=description)


def cast(description: str, *, when: Mapping[str, Sequence[Any]] | None = None) -> Any:
    """Voices of names, such as ``Anna=nora; Boris=mark``."""
    return control("", max_length=2000, title="Cast", description=description, when=when)
