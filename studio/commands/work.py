"""``<task> …``: do one piece of work here, and write its result where ``-o`` says."""

import argparse
import hashlib
import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli import CANCELLED, DONE, FAILED, given
from studio.errors import BadInput, Failed, StudioError
from studio.folders import Complaint, opened
from studio.lease import Lease
from studio.media import changed_media, each_medium, kept_media
from studio.owners import LOCAL
from studio.presets import apply_preset
from studio.schema import media_options, options
from studio.settings import Settings
from studio.tasks import Result, tasks
from studio.terminal import ProgressLine, complain, say
from studio.texts import text
from studio.views import job_view

if TYPE_CHECKING:
    from studio.jobs import Job
    from studio.library import Asset
    from studio.studio import Studio

FORMAT = "output_format"
OTHER_ENDINGS = {"mov": "prores", "m4v": "mp4"}
WATCH_S = 1.0


def run(args: argparse.Namespace) -> int:
    """Check everything that can be checked, do the work, write the files."""
    values = given(args)

    def complaint(problem: StudioError) -> None:
        complain(problem.text(args.language))

    if args.preset:
        values = apply_preset(args.task, args.preset, values)
    values = {name: _whole_path(args.task, name, value) for name, value in values.items()}
    values, gathered = _opened(args.task, values, complaint)
    sources = _sources(args.task, values)
    target = _target(args, _files(args.task, sources))
    if target.suffix and FORMAT in options(args.task) and FORMAT not in values and args.output:
        values |= _format(args.task, target.suffix)
    from studio.studio import Studio

    if tasks()[args.task].direct:
        with closing(Studio(Settings())) as studio:
            taken = _taken_in(studio, args.task, _In(sources, gathered, complaint))
            return _show(studio.answer(args.task, {**values, **taken}, LOCAL), args)
    with closing(Studio(Settings())) as studio:
        if getattr(args, "confirm_rights", False):
            studio.rights.confirm(LOCAL, args.task)
        job, resumed = _job(studio, args.task, values, _In(sources, gathered, complaint))
        if resumed and not args.quiet:
            complain(text("cli.resumed", args.language))
        with _working(studio, job.id):
            job = _watch(studio, job, args)
        return _finish(studio, job, target, args)


def _whole_path(task: str, name: str, value: Any) -> Any:
    """What stands without a name on the command line and is a file or folder here, as whoever works anywhere else finds it."""
    there = options(task)[name].field.extra.get("positional") and Path(value).expanduser()
    return str(there.resolve()) if there and there.exists() else value


def _opened(task: str, values: dict[str, Any], complaint: Complaint) -> tuple[dict[str, Any], set[Path]]:
    """The values with the files of each folder in its place, where a list of media is meant, and those files."""
    fields = {option.name: option.field for option in media_options(task)}
    gathered: set[Path] = set()
    new = {
        name: opened(fields[name], value, gathered, complaint) if name in fields else value
        for name, value in values.items()
    }
    return new, gathered


def _sources(task: str, values: dict[str, Any]) -> dict[str, Any]:
    """The media that the command names, as paths in the shape of their fields. Raises BadInput for one that isn't there."""

    def found(_: str, value: str) -> Path:
        path = Path(value).expanduser()
        if not path.is_file():
            raise BadInput("cli.no_file", file=value)
        return path.resolve()

    return _each(task, {name: value for name, value in values.items() if value}, found)


def _each(task: str, values: dict[str, Any], change: Callable[[str, Any], Any]) -> dict[str, Any]:
    """The fields that name media, with each of them changed."""
    fields = [option.field for option in media_options(task) if option.name in values]
    return {field.name: changed_media(field, values[field.name], change) for field in fields}


def _files(task: str, sources: dict[str, Any]) -> list[Path]:
    fields = [option.field for option in media_options(task) if option.name in sources]
    return [path for field in fields for _, path in each_medium(field, sources[field.name])]


def _target(args: argparse.Namespace, sources: Sequence[Path]) -> Path:
    """Where the result goes: ``-o``, else beside nothing else in the working directory. Checked before any work."""
    first = next(iter(sources), Path(args.task))
    target = Path(args.output).expanduser() if args.output else Path.cwd() / f"{first.stem}-{args.task}"
    folder = target.parent
    if not folder.is_dir():
        raise BadInput("cli.no_folder", folder=str(folder))
    probe = folder / f".atelier-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise BadInput("cli.locked", folder=str(folder), reason=problem.strerror or "") from problem
    if target.exists() and any(target.samefile(source) for source in sources):
        raise BadInput("cli.same_file", file=target.name)
    return target


def _format(task: str, suffix: str) -> dict[str, str]:
    """The format that an ending means; none for a picture's ending, which follows the source."""
    known = options(task)[FORMAT].choices
    ending = suffix.lower().removeprefix(".")
    chosen = OTHER_ENDINGS.get(ending, ending)
    if chosen in known:
        return {FORMAT: chosen}
    if ending in ("png", "jpg", "jpeg", "webp", "tif", "tiff", "zip"):
        return {}
    endings = sorted({f".{name}" for name in (*known, *OTHER_ENDINGS)})
    raise BadInput("cli.ending", suffix=suffix, known=", ".join(endings))


@dataclass(frozen=True)
class _In:
    """The media of a command: paths in the shape of their fields; which of them a folder gave, so that a bad one is left
    out; and whom to tell.
    """

    sources: dict[str, Any]
    gathered: set[Path]
    complaint: Complaint


def _job(studio: "Studio", task: str, values: dict[str, Any], media: _In) -> tuple["Job", bool]:
    """The job for a command, and whether it is one that was interrupted before."""
    note = studio.settings.data_dir / "cli" / f"{_command_key(task, values, media.sources)}.json"
    if note.exists():
        try:
            job = studio.job(json.loads(note.read_text())["job"], LOCAL)
            if not job.over:
                return job, True
        except (StudioError, ValueError, KeyError):
            note.unlink(missing_ok=True)
    job = studio.submit(task, {**values, **_taken_in(studio, task, media)}, LOCAL)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"job": job.id}))
    return job, job.done > 0


def _taken_in(studio: "Studio", task: str, media: _In) -> dict[str, Any]:
    """The ids of the media in the library. What the library refuses is an error, or left out if a folder gave it."""
    ids: dict[Path, str] = {}
    refused: StudioError | None = None
    for path in dict.fromkeys(_files(task, media.sources)):
        try:
            ids[path] = studio.library.add(path, LOCAL, name=path.name).id
        except StudioError as problem:
            if path not in media.gathered:
                raise
            refused = type(problem)(problem.key, **{**problem.params, "name": path.name})
            media.complaint(refused)
    if refused is not None and not ids:
        raise refused
    fields = {option.name: option.field for option in media_options(task)}
    kept = {name: kept_media(fields[name], value, lambda path: path in ids) for name, value in media.sources.items()}
    return _each(task, {name: value for name, value in kept.items() if value}, lambda _, path: ids[path])


def _command_key(task: str, values: dict[str, Any], sources: dict[str, Any]) -> str:
    """The same for the same task, settings and untouched files."""
    files = _each(task, sources, lambda _, path: [str(path), path.stat().st_size, path.stat().st_mtime_ns])
    plain = {name: value for name, value in values.items() if name not in sources}
    return hashlib.sha256(json.dumps([task, plain, files], sort_keys=True).encode()).hexdigest()[:24]


@contextmanager
def _working(studio: "Studio", job_id: str) -> Iterator[None]:
    """Do this job, and no other, in the background, as soon as the device is free; a running server may take it instead."""
    stop = threading.Event()
    lease = Lease(studio.settings.data_dir / "locks", studio.worker.devices[0])

    def work() -> None:
        while not stop.is_set() and not studio.job(job_id, LOCAL).over:
            studio.jobs.recover()
            if lease.take(stop):
                try:
                    studio.worker.run_inline(job_id)
                finally:
                    lease.give_back()
            stop.wait(WATCH_S)

    thread = threading.Thread(target=work, name="work")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        studio.worker.stop.set()
        thread.join()


def _watch(studio: "Studio", job: "Job", args: argparse.Namespace) -> "Job":
    """Show the job until it ends. The first Ctrl-C cancels it; it then ends by itself."""
    line = ProgressLine(args.language)
    with _cancelling(studio, job.id, args):
        while not job.over:
            for look in studio.watch(job.id, LOCAL, timeout=WATCH_S):
                job = look
                if not args.quiet:
                    line.show(look)
    line.end()
    return job


@contextmanager
def _cancelling(studio: "Studio", job_id: str, args: argparse.Namespace) -> Iterator[None]:
    """Ctrl-C cancels the job; a second one leaves at once."""

    def cancel(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        complain("\n" + text("cli.cancelling", args.language))
        studio.cancel(job_id, LOCAL)

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _finish(studio: "Studio", job: "Job", target: Path, args: argparse.Namespace) -> int:
    outputs = _results(studio, job)
    files = _write(outputs, target, args) if job.state == "done" else []
    if args.json:
        view = job_view(job, outputs, args.language).model_dump(mode="json")
        named = {asset.id: str(file) for asset, file in zip(outputs, files, strict=False)}
        view["result"] = _with_files(view["result"], named)
        say(json.dumps({**view, "files": list(named.values())}, ensure_ascii=False, indent=1))
    if job.state == "cancelled":
        complain(text("cli.cancelled", args.language))
        return CANCELLED
    if job.state == "failed":
        key, params = job.error or ("cli.no_result", {})
        complain(StudioError(key, **params).text(args.language))
        return FAILED
    if job.outputs and not files:
        raise Failed("cli.no_result")
    if not args.json:
        for words in tasks()[job.task].result.model_validate(job.result or {}).words():
            say(words)
        for file in files:
            say(str(file))
    return DONE


def _show(result: Result, args: argparse.Namespace) -> int:
    """An answer that made no files."""
    if args.json:
        shown = result.printed()
        say(json.dumps(result.model_dump(mode="json") if shown is None else shown, ensure_ascii=False, indent=1))
        return DONE
    for words in result.words():
        say(words)
    return DONE


def _results(studio: "Studio", job: "Job") -> list["Asset"]:
    """What a job has made, the main file first; steps on the way only where there is nothing else."""
    made = [studio.library.get(asset_id, LOCAL) for asset_id in job.outputs]
    main = (job.result or {}).get("output")
    results = [asset for asset in made if asset.role != "trial"] or made
    return sorted(results, key=lambda asset: asset.id != main)


def _with_files(value: Any, named: Mapping[str, str]) -> Any:
    """A result with files in place of the ids of assets."""
    if isinstance(value, Mapping):
        return {name: _with_files(part, named) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_files(part, named) for part in value]
    return named.get(value, value) if isinstance(value, str) else value


def _write(outputs: list["Asset"], target: Path, args: argparse.Namespace) -> list[Path]:
    """Copy the results beside ``target``, each whole or not at all: the first under its name, the others numbered."""
    files = []
    for number, asset in enumerate(outputs, start=1):
        suffix = asset.path.suffix
        stem = target.stem if target.suffix else target.name
        file = target.with_name(f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        if number == 1 and args.output and target.suffix.lower() not in (suffix.lower(), ""):
            complain(text("cli.ending", args.language, suffix=suffix, file=file.name))
        beside = file.with_name(f".{file.name}.part")
        try:
            shutil.copyfile(asset.path, beside)
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
        files.append(file)
    return files
