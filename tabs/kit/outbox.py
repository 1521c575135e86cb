"""“Load these settings” and “send to”: a file goes to the tab that takes it, and that tab is opened."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.media import first_medium
from studio.owners import owner_of
from studio.sendto import main_place
from tabs.kit.i18n import language
from tabs.kit.receiver import Receiver, tab_of
from tabs.kit.runbar import QUIET

if TYPE_CHECKING:
    from studio.studio import Studio


def wire_sending(source: gr.HTML, page: Any) -> None:
    """``source`` has the event ``send_file`` (file, task)."""
    studio: Studio = page.studio

    def send(event: gr.EventData, request: gr.Request) -> list[Any]:
        def work() -> list[Any]:
            asset = studio.library.get(str(event.file), owner_of(request))
            return _delivered(page, str(event.task), asset, None, request)

        return _told(page, request, work)

    source.send_file(send, None, _outputs(page), **QUIET)


def wire_loading(source: gr.HTML, page: Any) -> None:
    """``source`` has the event ``load_settings`` (file)."""
    studio: Studio = page.studio

    def load(event: gr.EventData, request: gr.Request) -> list[Any]:
        def work() -> list[Any]:
            owner = owner_of(request)
            recalled = studio.recall(str(event.file), owner)
            main = main_place(recalled.task)
            given = first_medium(main, recalled.values.get(main.name if main else ""))
            asset = studio.library.get(given, owner) if given else None
            return _delivered(page, recalled.task, asset, recalled.values, request)

        return _told(page, request, work)

    source.load_settings(load, None, _outputs(page), **QUIET)


def wire_handing(source: gr.HTML, page: Any) -> None:
    """``source`` has the event ``hand_sheet`` (sheet as JSON, task)."""

    def hand(event: gr.EventData, request: gr.Request) -> list[Any]:
        return _delivered(page, str(event.task), None, {"sheet": str(event.sheet)}, request)

    source.hand_sheet(hand, None, _outputs(page), **QUIET)


def _outputs(page: Any) -> list[Any]:
    receivers: dict[str, Receiver] = page.receivers
    return [page.tabs, *(output for receiver in receivers.values() for output in receiver.outputs)]


def _delivered(page: Any, task: str, asset: Asset | None, values: Any, request: gr.Request) -> list[Any]:
    receivers: dict[str, Receiver] = page.receivers
    updates: list[Any] = [gr.Tabs(selected=tab_of(page, task))]
    for name, receiver in receivers.items():
        updates += receiver.take(asset, values, request) if name == task else [gr.skip() for _ in receiver.outputs]
    return updates


def _told(page: Any, request: gr.Request, work: Callable[[], list[Any]]) -> list[Any]:
    """What ``work`` gives; an error is told to the visitor."""
    try:
        return work()
    except StudioError as error:
        gr.Warning(error.text(language(request)))
        return [gr.skip() for _ in _outputs(page)]
