"""The files that a part of the voice tab works on: in the visitor's library, found again in this browser, samples until others are given."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.owners import owner_of
from studio.paths import ASSETS
from tabs.kit.i18n import language
from tabs.kit.runbar import QUIET, has_result
from tabs.kit.voiced import sound

if TYPE_CHECKING:
    from studio.studio import Studio

Files = Mapping[str, gr.File | gr.Audio]
SAMPLES: Mapping[str, Mapping[str, str]] = {
    "restyle": {"sound": "voice.mp3"},
    "dub": {"video": "portraits.mp4", "srt": "portraits.srt"},
    "voiceover": {"sound": "voice.mp3", "video": "portraits.mp4"},
}
"""What is worked on until something else is given; the first of a part is what it is all about."""


def wire_files(
    task: str, files: Files, stage: gr.HTML, studio: "Studio", kept: gr.BrowserState, record: gr.Audio | None
) -> None:
    """What is dropped goes into the library, and its id into ``kept``; ``record`` is another way to give the task's main sound."""

    def take(name: str) -> Callable[..., tuple[Any, Any]]:
        def upload(file: str | None, now: Mapping[str, str], request: gr.Request) -> tuple[Any, Any]:
            samples = _samples(studio, task, request)
            main = next(iter(samples), None)
            about = name == main
            others = {one: value for one, value in (now or {}).items() if one != name}
            if not file and main and (about or main not in others):
                beside = {one: value for one, value in others.items() if one not in samples}
                return {**beside, **samples}, _heard(studio, samples[main], request)
            if not file:
                return others, gr.skip()
            try:
                asset = kept_file(studio, file, request)
            except StudioError as error:
                gr.Warning(error.text(language(request)))
                return gr.skip(), gr.skip()
            if about:
                others = {one: value for one, value in others.items() if value != samples.get(one)}
            return {**others, name: asset.id}, sound(asset) if about else gr.skip()

        return upload

    for name, widget in files.items():
        events = (widget.upload, widget.clear, *((widget.stop_recording,) if isinstance(widget, gr.Audio) else ()))
        for event in events:
            event(take(name), [widget, kept], [kept, stage], **QUIET)
    if record is not None:
        main, dropped = next(iter(files.items()))
        # one sound at a time: what is recorded takes the dropped file's place
        record.stop_recording(lambda: None, None, dropped, **QUIET)
        for event in (record.stop_recording, record.clear):
            event(take(main), [record, kept], [kept, stage], **QUIET)


def reopening(studio: "Studio", task: str) -> Callable[..., tuple[Any, Any]]:
    """The files that were here last, else the samples; the stage is left to a job's result."""

    def reopened(kept: Mapping[str, str], job: str, request: gr.Request) -> tuple[Any, Any]:
        owner, main = owner_of(request), next(iter(SAMPLES.get(task, ())), None)
        there = {asset.id for asset in studio.library.those([*(kept or {}).values()], owner)}
        files = {name: file for name, file in (kept or {}).items() if file in there}
        if main is None:
            return files, gr.skip()
        if main not in files:
            beside = {name: file for name, file in files.items() if name not in SAMPLES[task]}
            files = {**beside, **_samples(studio, task, request)}
        return files, gr.skip() if has_result(studio, job, owner) else _heard(studio, files[main], request)

    return reopened


def _samples(studio: "Studio", task: str, request: gr.Request) -> dict[str, str]:
    """The samples in the visitor's library."""
    return {
        name: kept_file(studio, str(ASSETS / "samples" / file), request).id
        for name, file in SAMPLES.get(task, {}).items()
    }


def _heard(studio: "Studio", file: str, request: gr.Request) -> str:
    return sound(studio.library.get(file, owner_of(request)))


def kept_file(studio: "Studio", file: str, request: gr.Request) -> Asset:
    """The file in the visitor's library: the same one again if it is there."""
    return studio.library.add(Path(file), owner_of(request))
