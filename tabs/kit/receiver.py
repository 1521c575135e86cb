"""How a tab takes what another part of the page gives it: a file to work on, settings to load, a result to show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.asset import Asset

Take = Callable[[Asset | None, Mapping[str, Any] | None, gr.Request], list[Any]]
Show = Callable[[Asset, gr.Request], list[Any]]


@dataclass(frozen=True)
class Receiver:
    """``take(file, settings, request)`` gives the updates for ``outputs``; file or settings may be None: then that stays as it is."""

    outputs: list[Any]
    take: Take


@dataclass(frozen=True)
class Viewer:
    """``show(file, request)`` gives the updates for ``outputs`` that show the file on this tab."""

    outputs: list[Any]
    show: Show
