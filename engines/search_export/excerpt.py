"""Cuts a clip out of a film: copied where its key frames allow that, else encoded again; or takes a single frame."""

from pathlib import Path

from engines.media.decode import Trim, frame_at
from engines.media.excerpt import copied
from engines.media.flow_control import Map
from engines.media.picture import over_white, read_picture, write_picture
from engines.media.pipeline import transform
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.search_export import SearchExportRequest, SearchExportResult

ENGINE = Engine(task="search_export", name="excerpt", rank=10)

SLACK_S = 0.2
"""A shot is known to within two glances: where a key frame stands so little before it, the cut is there."""


def run(request: SearchExportRequest, run: Run) -> SearchExportResult:
    """The part of the film that the request names."""
    shelves = run.shelves()
    library = shelves.library(request.library)
    shot = shelves.reader.shot(library, request.shot)
    film = shelves.catalog.video(library, shot.video)
    source, name = shelves.file(film, run.workdir), Path(film.names[0]).stem
    start = shot.start_s if request.start is None else request.start
    end = shot.end_s if request.end is None else request.end
    if request.what == "frame" or film.kind == "image":
        return _frame(source, name, start, run, picture=film.kind == "image")
    if end <= start:
        raise BadInput("search.no_span", start=start, end=end)
    named = f"{name} {start:.2f}-{end:.2f}"
    slack = SLACK_S if request.start is None and request.end is None else 0.0
    with run.output(".mp4", name=named) as out:
        if done := copied(source, out.path, start, end, slack):
            run.step(1, 1)
        else:
            transform(source, out.path, [Map(lambda frame: frame)], run, trim=Trim(start, end), key="excerpt")
    return SearchExportResult(output=out.id, copied=done)


def _frame(source: Path, name: str, at: float, run: Run, *, picture: bool) -> SearchExportResult:
    run.step(0, 1, unit="pictures")
    shown = over_white(read_picture(source)) if picture else frame_at(source, at).rgb
    with run.output(".png", name=f"{name} {at:.2f}") as out:
        write_picture(out.path, shown)
    return SearchExportResult(output=out.id)
