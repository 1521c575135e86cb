"""How a tab takes what another one sends it: a file to work on, or settings to load."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.asset import Asset

Take = Callable[[Asset | None, Mapping[str, Any] | None], list[Any]]


@dataclass(frozen=True)
class Receiver:
    """``take(file, settings)`` gives the updates for ``outputs``; either may be None: then that stays as it is."""

    outputs: list[Any]
    take: Take
