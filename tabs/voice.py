"""Voice: a text spoken, a voice restyled, a film dubbed, a sound laid over a film."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.asset import Asset
from studio.errors import StudioError
from studio.jobs import Job
from studio.owners import owner_of
from studio.presets import presets
from tabs.kit.cloning import FIELDS, Cloning, build_cloning, clones, wire_cloning, wire_rights
from tabs.kit.form import Form, Section, build_form, taken
from tabs.kit.i18n import label, language, say
from tabs.kit.picker import Tile, on_pick, picker, tiles_html
from tabs.kit.receiver import Receiver
from tabs.kit.runbar import KEPT_SECRET, QUIET, RunBar, build_runbar, wire_runbar
from tabs.kit.voiced import dubbed, filmed, restyled, sound, spoken, voices
from tabs.kit.voicefiles import kept_file, reopening, wire_files

if TYPE_CHECKING:
    from studio.studio import Studio

NAME = "voice"
USUAL_VOICE = "nora"
LEFT_OUT = frozenset({"engine", "seed", "text", "file", "lexicon", "sound", "video", "srt", *FIELDS})
NAMED = frozenset({"voice"})
SECTIONS: Mapping[str, tuple[Section, ...]] = {
    "speak": (
        Section("", ("voice", "model", "language", "speed")),
        Section("ui.section.manner", ("pitch", "energy", "pauses", "dialogue", "cast")),
        Section("ui.section.output", ("output_format", "timings", "finish", "lufs")),
    ),
    "restyle": (
        Section("ui.section.character", ("pitch", "shift", "formants", "intonation", "breath", "brightness")),
        Section("ui.section.effect", ("effect", "amount")),
        Section("ui.section.output", ("format", "lufs")),
    ),
    "dub": (
        Section("", ("voice", "model", "cast", "under")),
        Section("ui.section.manner", ("language", "duck", "fastest", "stretch", "lufs")),
    ),
    "voiceover": (Section("", ("begins", "under", "duck")), Section("ui.section.output", ("lufs",))),
}
SHOWN: Mapping[str, Callable[["Studio", Job, str, Sequence[str]], str]] = {
    "speak": spoken,
    "restyle": restyled,
    "dub": dubbed,
    "voiceover": filmed,
}


@dataclass(frozen=True)
class Part:
    """One of the four: its own inputs by the names of settings, its form, and where it runs."""

    task: str
    own: Mapping[str, gr.components.Component]
    form: Form
    bar: RunBar
    rights: gr.Checkbox | None = None
    cloning: Cloning | None = None


@dataclass(frozen=True)
class Widgets:
    inner: gr.Tabs
    parts: Mapping[str, Part]
    record: gr.Audio
    looks: gr.HTML


def build(studio: "Studio") -> Widgets:
    parts: dict[str, Part] = {}
    with gr.Tabs(selected="speak") as inner:
        with gr.Tab(label("ui.tab.speak"), id="speak"), gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                words = gr.Textbox(
                    label=label("field.speak.text"), placeholder=label("ui.voice.greeting"), lines=7, max_lines=24
                )
                cloning = build_cloning("speak")
                form = _with_voices(build_form("speak", SECTIONS["speak"], LEFT_OUT, NAMED))
                with gr.Accordion(label("field.speak.lexicon"), open=False):
                    lexicon = gr.Textbox(
                        label=label("field.speak.lexicon"), info=label("field.speak.lexicon.help"), lines=4
                    )
            own = {"text": words, "lexicon": lexicon, **cloning.own}
            parts["speak"] = Part("speak", own, form, _stage(), cloning.rights, cloning)
        with gr.Tab(label("ui.tab.restyle"), id="restyle"), gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                file = _file("field.restyle.sound", ["audio", "video"])
                record = gr.Audio(label=label("ui.voice.record"), sources=["microphone"], type="filepath")
                looks = picker(_looks())
                looks.elem_classes = ["at-picker", "at-voicelooks"]
                form = build_form("restyle", SECTIONS["restyle"], LEFT_OUT)
                rights = gr.Checkbox(label=label("ui.voice.rights"))
            parts["restyle"] = Part("restyle", {"sound": file}, form, _stage(), rights)
        with gr.Tab(label("ui.tab.dub"), id="dub"), gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                film, lines = _file("field.dub.video", ["video"]), _file("field.dub.srt", [".srt", ".vtt"])
                cloning = build_cloning("dub")
                form = _with_voices(build_form("dub", SECTIONS["dub"], LEFT_OUT, NAMED))
            own = {"video": film, "srt": lines, **cloning.own}
            parts["dub"] = Part("dub", own, form, _stage(), cloning.rights, cloning)
        with gr.Tab(label("ui.tab.voiceover"), id="voiceover"), gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                own = {
                    "sound": _file("field.voiceover.sound", ["audio"]),
                    "video": _file("field.voiceover.video", ["video"]),
                }
                form = build_form("voiceover", SECTIONS["voiceover"], LEFT_OUT)
            parts["voiceover"] = Part("voiceover", own, form, _stage())
    return Widgets(inner, parts, record, looks)


def _with_voices(form: Form) -> Form:
    chooser: Any = form.widgets["voice"]
    # a trained model's speakers and espeak-ng's own voices are typed
    chooser.choices, chooser.value, chooser.allow_custom_value = voices("en"), USUAL_VOICE, True
    return form


def _file(key: str, kinds: list[str]) -> gr.File:
    return gr.File(label=label(key), file_types=kinds, type="filepath", height=140, elem_classes="at-drop")


def _stage() -> RunBar:
    with gr.Column(scale=3, min_width=320):
        return build_runbar(preview=False)


def _looks() -> list[Tile]:
    return [Tile(name, dict(preset.title)) for name, preset in presets("restyle").items()]


def wire(w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    for part in w.parts.values():
        _wire_part(part, w, page, blocks)
    studio: Studio = page.studio
    form = w.parts["restyle"].form
    choosers = [w.parts[task].form.widgets["voice"] for task in ("speak", "dub")]
    speak, dub = w.parts["speak"], w.parts["dub"]
    lexicon = speak.own["lexicon"]

    def look(name: str) -> list[Any]:
        known = presets("restyle")
        return form.updates(known[name].values, reset=True) if name in known else [gr.skip() for _ in form.widgets]

    def open_page(request: gr.Request) -> list[Any]:
        lang = language(request)
        names = [gr.update(choices=voices(lang)) for _ in choosers]
        return [*names, tiles_html(_looks(), lang), studio.lexicons.get(owner_of(request))]

    def offer(request: gr.Request) -> dict[Any, Any]:
        return {**speak.form.offer(studio.cards, request), **dub.form.offer(studio.cards, request)}

    def remember(lines: str, request: gr.Request) -> None:
        try:
            studio.lexicons.put(owner_of(request), lines or "")
        except StudioError as error:
            gr.Warning(error.text(language(request)))

    on_pick(w.looks, look, list(form.widgets.values()), queue=False, **QUIET)
    lexicon.blur(remember, lexicon, None, queue=False, **QUIET)
    blocks.load(open_page, None, [*choosers, w.looks, lexicon], **QUIET)
    for event in (blocks.load, page.tabs.change):
        event(offer, None, [*speak.form.choosers, *dub.form.choosers], **QUIET)


def _wire_part(part: Part, w: Widgets, page: Any, blocks: gr.Blocks) -> None:
    """Its own media are kept as ids of the library; everything else that was set is found again in this browser."""
    studio: Studio = page.studio
    part.form.wire()
    main = next(iter(part.own))
    files = {name: widget for name, widget in part.own.items() if isinstance(widget, gr.File | gr.Audio)}
    kept = gr.BrowserState({}, storage_key=f"atelier.{NAME}.{part.task}.files", secret=KEPT_SECRET)
    used = gr.BrowserState({}, storage_key=f"atelier.{NAME}.{part.task}", secret=KEPT_SECRET)
    texts = [name for name in part.own if name not in files]
    inputs = [*(part.own[name] for name in texts), *part.form.widgets.values()]
    rights = [] if part.rights is None else [part.rights]
    first = len(files) + len(rights)
    found_again = {
        name: widget for name, widget in zip([*texts, *part.form.widgets], inputs, strict=True) if name != "lexicon"
    }

    def settings(request: gr.Request, files_kept: Mapping[str, str], *values: Any) -> Mapping[str, Any]:
        dropped, agreed, values = values[: len(files)], values[len(files) : first], values[first:]
        if any(agreed):
            studio.rights.confirm(owner_of(request), part.task)
        typed = {name: value or "" for name, value in zip(texts, values, strict=False)}
        if "text" in typed and not typed["text"].strip():
            typed["text"] = say("ui.voice.greeting", request)
        wanted = {
            **(files_kept or {}),
            **{name: kept_file(studio, file, request).id for name, file in zip(files, dropped, strict=True) if file},
            **typed,
            **taken(part.form, values[len(texts) :], lambda path: path),
        }
        left_out = () if clones(studio, wanted.get("model")) else FIELDS
        return {name: value for name, value in wanted.items() if name not in left_out}

    def shown(studio: "Studio", job: Job, lang: str) -> str:
        return SHOWN[part.task](studio, job, lang, list(page.receivers))

    def given(values: Mapping[str, Any] | None, *, reset: bool) -> list[Any]:
        if values is None:
            return [gr.skip() for _ in inputs]
        typed = [gr.update(value=values[name]) if name in values else gr.skip() for name in texts]
        return [*typed, *part.form.updates(values, reset=reset)]

    def take(asset: Asset | None, values: Mapping[str, Any] | None, request: gr.Request) -> list[Any]:
        files_now = gr.skip() if asset is None or main not in files else {main: asset.id}
        stage = gr.skip() if asset is None else sound(asset)
        emptied = [gr.skip() if asset is None else None for _ in files]
        return [gr.Tabs(selected=part.task), files_now, stage, *emptied, *given(values, reset=True)]

    again = list(found_again.values())
    blocks.load(
        lambda values: [gr.update(value=values[name]) if name in (values or {}) else gr.skip() for name in found_again],
        used,
        again,
        **QUIET,
    )
    page.receivers[part.task] = Receiver([w.inner, kept, part.bar.stage, *files.values(), *inputs], take, NAME)
    job = wire_runbar(part.bar, studio, blocks, part.task, [kept, *files.values(), *rights, *inputs], settings, shown)
    part.bar.run.click(lambda *values: dict(zip(found_again, values, strict=True)), again, used, queue=False, **QUIET)
    page.senders.append(part.bar.stage)
    record = w.record if part.task == "restyle" else None
    wire_files(part.task, files, part.bar.stage, studio, kept, record)
    if part.rights:
        wire_rights(part.rights, part.task, studio, blocks)
    if part.cloning:
        wire_cloning(part.cloning, part.form.widgets["model"], kept, page, blocks)
    blocks.load(reopening(studio, part.task), [kept, job], [kept, part.bar.stage], **QUIET)
