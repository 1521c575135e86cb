"""Many pictures one after the other: what each shows, or why it couldn't be looked at, and the captions as a file."""

import csv
import io
import json
import logging
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.arrays import Bytes
from engines.media.picture import jpeg, read_picture
from studio.errors import Cancelled, StudioError
from studio.run import Run
from studio.tasks.describe import Described, DescribeRequest, DescribeResult
from studio.texts import text

log = logging.getLogger(__name__)

PREVIEW_SIDE = 480
STAMP = (1980, 1, 1, 0, 0, 0)

Look = Callable[[Bytes, Path], Described]
"""Says of a picture (uint8 HxWx3 or HxWx4, read from the file) what it shows; the name is filled in later."""


def describe_all(
    request: DescribeRequest, run: Run, look: Look, ends: Callable[[StudioError], bool] = lambda error: False
) -> DescribeResult:
    """Every picture in its order; one that fails says why in its ``problem``, and the others go on, unless its error ``ends`` the
    whole work.
    """
    found = []
    total = len(request.pictures)
    for number, media in enumerate(request.pictures):
        run.step(number, total, unit="pictures")
        described, shown = _one(media, request, run, look, ends)
        found.append(described)
        if shown is not None:
            small = shown
            run.step(number + 1, total, preview=lambda small=small: jpeg(small, PREVIEW_SIDE), unit="pictures")  # type: ignore[misc]
    if found and all(described.problem for described in found):
        run.note("describe.none")
    return DescribeResult(pictures=tuple(found), output=_written(found, request, run))


def with_trigger(caption: str, trigger: str) -> str:
    """The caption with the first word before it, which keeps its capitals."""
    return ", ".join(part for part in (trigger.strip(), caption) if part)


def _one(
    media: str, request: DescribeRequest, run: Run, look: Look, ends: Callable[[StudioError], bool]
) -> tuple[Described, Bytes | None]:
    name = ""
    try:
        name = run.name(media)
        file = run.path(media)
        picture = read_picture(file)
        described = look(picture, file)
    except Cancelled:
        raise
    except StudioError as error:
        if ends(error):
            raise
        params = {**error.params, "name": name} if name and "name" in error.params else error.params
        return Described(name=name, caption="", problem=type(error)(error.key, **params).text(request.language)), None
    except Exception:  # one picture that breaks a library must not take the other thousands with it
        log.exception("a picture can't be described")
        return Described(name=name, caption="", problem=text("error.describe.broke", request.language, name=name)), None
    caption = with_trigger(described.caption, request.trigger)
    return described.model_copy(update={"name": name, "caption": caption}), picture[..., :3]


def _written(found: Sequence[Described], request: DescribeRequest, run: Run) -> str | None:
    """The id of the file of captions; None where none is asked for, or nothing could be described."""
    good = [described for described in found if not described.problem]
    if request.write == "nothing" or not good:
        return None
    suffix = ".zip" if request.write == "txt" else f".{request.write}"
    with run.output(suffix, name="captions") as out:
        match request.write:
            case "txt":
                _sidecars(out.path, good)
            case "csv":
                out.path.write_text(_table(good), encoding="utf-8", newline="")
            case _:
                out.path.write_text(_lines(good), encoding="utf-8", newline="")
    return out.id


def _sidecars(target: Path, found: Sequence[Described]) -> None:
    """A ZIP of text files named like the pictures, as trainers want them; equal names are numbered."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, described in zip(sidecar_names([one.name for one in found]), found, strict=True):
            archive.writestr(zipfile.ZipInfo(name, STAMP), described.caption + "\n", zipfile.ZIP_DEFLATED)


def sidecar_names(pictures: Sequence[str]) -> list[str]:
    """``photo.txt`` for ``photo.jpg``; a second one is ``photo (2).txt``, however a system writes its letters."""
    used: set[str] = set()
    names = []
    for picture in pictures:
        stem, number = Path(picture).stem or "picture", 1
        name = f"{stem}.txt"
        while name.casefold() in used:
            number += 1
            name = f"{stem} ({number}).txt"
        used.add(name.casefold())
        names.append(name)
    return names


def _table(found: Sequence[Described]) -> str:
    """File name, caption and tags with a head, as data set loaders read it."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("file_name", "text", "tags"))
    writer.writerows((one.name, one.caption, ", ".join(one.tags)) for one in found)
    return table.getvalue()


def _lines(found: Sequence[Described]) -> str:
    """JSON lines with the fields ``file_name`` and ``text``, as the ``datasets`` library reads them beside pictures."""
    rows = ({"file_name": one.name, "text": one.caption, "tags": list(one.tags), "facts": one.facts} for one in found)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
