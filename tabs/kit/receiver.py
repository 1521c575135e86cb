"""How a tab takes what another part of the page gives it: a file to work on, settings to load, a result to show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.owners import owner_of
from tabs.kit.i18n import language
from tabs.kit.runbar import QUIET

Take = Callable[[Asset | None, Mapping[str, Any] | None, gr.Request], list[Any]]
Show = Callable[[Asset, gr.Request], list[Any]]


@dataclass(frozen=True)
class Receiver:
    """``take(file, settings, request)`` gives the updates for ``outputs``; file or settings may be None: then that stays as it is.
    ``tab`` is the tab that it is on, where that isn't named as the task.
    """

    outputs: list[Any]
    take: Take
    tab: str = ""


def tab_of(page: Any, task: str) -> str:
    """The tab that a task is on."""
    receivers: dict[str, Receiver] = page.receivers
    return (task in receivers and receivers[task].tab) or task


@dataclass(frozen=True)
class Viewer:
    """``show(file, request)`` gives the updates for ``outputs`` that show the file on this tab."""

    outputs: list[Any]
    show: Show


def opens_result(event: Any, page: Any) -> None:
    """Show the file that an event names on the page's tab of results."""
    viewer: Viewer = page.viewers[page.results]

    def show(data: gr.EventData, request: gr.Request) -> list[Any]:
        try:
            asset = page.studio.library.get(str(data.file), owner_of(request))
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return [gr.skip(), *(gr.skip() for _ in viewer.outputs)]
        return [gr.Tabs(selected=page.results), *viewer.show(asset, request)]

    event(show, None, [page.tabs, *viewer.outputs], queue=False, **QUIET)
