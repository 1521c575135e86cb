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
from tabs.kit.receiver import Receiver
from tabs.kit.runbar import QUIET

if TYPE_CHECKING:
    from studio.studio import Studio


def wire_sending(source: gr.HTML, page: Any) -> None:
    """``source`` has the events ``send_file`` (file, task) and ``load_settings`` (file)."""
    studio: Studio = page.studio
    receivers: dict[str, Receiver] = page.receivers
    outputs = [page.tabs, *(output for receiver in receivers.values() for output in receiver.outputs)]

    def deliver(task: str, asset: Asset | None, values: Any) -> list[Any]:
        updates: list[Any] = [gr.Tabs(selected=task)]
        for name, receiver in receivers.items():
            updates += receiver.take(asset, values) if name == task else [gr.skip() for _ in receiver.outputs]
        return updates

    def told(request: gr.Request, work: Callable[[], list[Any]]) -> list[Any]:
        try:
            return work()
        except StudioError as error:
            gr.Warning(error.text(language(request)))
            return [gr.skip() for _ in outputs]

    def send(event: gr.EventData, request: gr.Request) -> list[Any]:
        return told(
            request, lambda: deliver(str(event.task), studio.library.get(str(event.file), owner_of(request)), None)
        )

    def load(event: gr.EventData, request: gr.Request) -> list[Any]:
        def work() -> list[Any]:
            owner = owner_of(request)
            recalled = studio.recall(str(event.file), owner)
            main = main_place(recalled.task)
            given = first_medium(main, recalled.values.get(main.name if main else ""))
            return deliver(recalled.task, studio.library.get(given, owner) if given else None, recalled.values)

        return told(request, work)

    source.send_file(send, None, outputs, **QUIET)
    source.load_settings(load, None, outputs, **QUIET)
