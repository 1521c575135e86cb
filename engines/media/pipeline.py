"""The streaming video pipeline: decode → stages → encode, with constant memory, exact times, and a way to go on after a kill."""

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import av

from engines.media.convert import Converter
from engines.media.decode import Decoder, Trim
from engines.media.encode import SegmentWriter, encoded_size, to_video
from engines.media.flow_control import Belt, Fold, Map, Mark, Stopped, folded, mapped, produce
from engines.media.formats import Recipe, VideoOptions, recipe
from engines.media.frame import Frame
from engines.media.join import Span, join
from engines.media.pace import Paced
from engines.media.picture import jpeg
from engines.media.probe import MediaInfo, probe
from engines.media.segments import Checkpoint, Manifest, Segment, Shape
from engines.media.trouble import writing
from studio.errors import BadInput

PREVIEW_SIDE = 640
DECODED_AHEAD = 8
ENCODED_BEHIND = 4
ALIVE_EVERY_S = 0.25


class Watcher(Protocol):
    """What the pipeline needs of a Run: a folder that survives a kill, a number of threads, and the step that reports."""

    @property
    def workdir(self) -> Path: ...
    @property
    def threads(self) -> int: ...
    def step(
        self, done: int, total: int | None, *, preview: Callable[[], bytes] | None = None, unit: str = "frames"
    ) -> None: ...


@dataclass(frozen=True)
class VideoReport:
    """What was written: frames and seconds of the output, its rate and size; ``cut_short`` if the source broke off."""

    frames: int
    seconds: float
    fps: Fraction
    width: int
    height: int
    cut_short: bool


@dataclass(frozen=True)
class Out:
    """A frame ready for the encoder, and the frame it came from (for the preview)."""

    picture: av.VideoFrame
    frame: Frame


def transform(
    source: Path,
    target: Path,
    stages: Sequence[Map | Fold],
    run: Watcher,
    *,
    options: VideoOptions | None = None,
    trim: Trim | None = None,
    fps: Fraction | None = None,
    key: str = "",
) -> VideoReport:
    """Send every frame of ``source`` through ``stages`` and write ``target``, with the source's sound and exact times.

    ``key`` stands for the settings of the stages: a run in the same folder with the same source and key goes on where it was
    interrupted. Frames go into the first stage and must come out of the last one; between stages items may be anything.
    ``fps`` is another rate than the source's: frames are left out before the first stage, or written several times.
    The result doesn't depend on ``run.threads``. Raises BadInput, Unavailable, DiskFull or NotAllowed, and whatever ``run.step`` raises.
    """
    options, trim = options or VideoOptions(), trim or Trim()
    info = probe(source)
    if info.kind != "video":
        raise BadInput("media.no_video", name=source.name)
    with writing(target.parent):
        return _Transform(source, target, stages, run, options, trim, fps, info, key).run()


class _Transform:
    def __init__(
        self,
        source: Path,
        target: Path,
        stages: Sequence[Map | Fold],
        run: Watcher,
        options: VideoOptions,
        trim: Trim,
        fps: Fraction | None,
        info: MediaInfo,
        key: str,
    ) -> None:
        self._source, self._target, self._stages, self._run = source, target, stages, run
        self._options, self._trim, self._info = options, trim, info
        self._pace, self._fps = fps, fps or info.fps
        self._recipe: Recipe = recipe(options)
        self._convert = Converter()
        self._manifest = Manifest(run.workdir / "segments", _key(source, options, trim, fps, key))
        self._start = self._manifest.load()
        self._shape = self._start.shape
        if self._shape is not None and self._shape.pixels != self._recipe.pixels:
            self._recipe = self._recipe.with_alpha()
        self._total = _expected(info, trim, fps)

    def run(self) -> VideoReport:
        for stage, state in zip(self._folds(), self._start.states, strict=False):
            stage.obj.restore(state)
        decoder = Decoder(self._source, self._trim)
        paced = Paced(decoder, self._pace) if self._pace else decoder
        decoded, finished = Belt(DECODED_AHEAD), Belt(ENCODED_BEHIND)
        reader = produce(lambda: self._marked(paced), decoded)
        results: dict[str, Checkpoint] = {}
        failure: list[BaseException] = []
        writer = threading.Thread(target=self._write, args=(finished, results, failure), name="encode", daemon=True)
        writer.start()
        pool = ThreadPoolExecutor(max(1, self._run.threads), thread_name_prefix="frame")
        try:
            self._conduct(self._chain(iter(decoded), pool), finished, failure)
            finished.end()
            writer.join()
        except Stopped:
            writer.join()
        finally:
            decoded.stop()
            finished.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            reader.join()
            writer.join()
            decoder.close()
        if failure:
            raise failure[0]
        return self._finish(results["end"], decoder)

    def _folds(self) -> list[Fold]:
        return [stage for stage in self._stages if isinstance(stage, Fold)]

    def _marked(self, source: Decoder | Paced) -> Iterator[Frame | Mark]:
        begun = self._start.place.index if self._start.place else 0
        for frame in source.frames(self._start.place):
            yield frame
            if frame.index + 1 >= begun + self._options.segment_frames:
                place = source.place()
                begun = place.index
                yield Mark(place)

    def _chain(self, items: Iterator[Any], pool: ThreadPoolExecutor) -> Iterator[Any]:
        window = max(1, self._run.threads) + 2
        for stage in self._stages:
            items = mapped(stage, items, pool, window) if isinstance(stage, Map) else folded(stage, items)
        return mapped(Map(self._ready), self._shaped(items), pool, window)

    def _shaped(self, items: Iterator[Any]) -> Iterator[Any]:
        """The same items; the first frame settles what the file will be like."""
        for item in items:
            if self._shape is None and isinstance(item, Frame):
                self._shape = self._shape_of(item)
            yield item

    def _ready(self, frame: Frame) -> Out:
        assert self._shape is not None
        return Out(to_video(frame, self._recipe, self._shape, self._convert), frame)

    def _shape_of(self, frame: Frame) -> Shape:
        wanted = self._options.alpha
        if frame.has_alpha if wanted is None else wanted:
            self._recipe = self._recipe.with_alpha()
        width, height = encoded_size(frame.width, frame.height, self._recipe)
        colour = frame.picture(alpha=False)[1]
        return Shape(width, height, self._recipe.pixels, frame.time_base, self._fps, self._info.sar, colour)

    def _conduct(self, items: Iterator[Out | Mark], finished: Belt, failure: list[BaseException]) -> None:
        done = self._start.frames
        self._run.step(done, self._total)
        for item in items:
            finished.put(item)
            if failure:
                raise Stopped
            if isinstance(item, Out):
                done += item.frame.times
                self._run.step(done, self._total, preview=lambda frame=item.frame: jpeg(frame.rgb, PREVIEW_SIDE))  # type: ignore[misc]

    def _alive(self, done: int) -> Callable[[], None]:
        """A step that may be called as often as one likes."""
        last = 0.0

        def step() -> None:
            nonlocal last
            if monotonic() - last > ALIVE_EVERY_S:
                last = monotonic()
                self._run.step(done, self._total)

        return step

    def _write(self, finished: Belt, results: dict[str, Checkpoint], failure: list[BaseException]) -> None:
        """The encoding thread: segments, each closed at a mark, and a checkpoint after each."""
        checkpoint, writer, count, base, last = self._start, None, 0, 0, 0
        try:
            for item in finished:
                if isinstance(item, Out):
                    if writer is None:
                        assert self._shape is not None
                        count, base = 0, item.frame.pts
                        path = self._manifest.segment_path(len(checkpoint.segments), f".{self._recipe.segment}")
                        writer = SegmentWriter(path, self._recipe, self._shape, base)
                    times = item.frame.times
                    writer.write(item.picture, times)
                    count, last = count + times, item.frame.pts + times - 1
                elif writer is not None:
                    segment = Segment(path.name, writer.close(), base, last, count)
                    writer, checkpoint = None, self._noted(checkpoint, segment, item)
            if writer is not None:
                segment = Segment(path.name, writer.close(), base, last, count)
                writer, checkpoint = None, self._noted(checkpoint, segment, None)
            results["end"] = checkpoint
        except Stopped:
            pass
        except BaseException as error:  # raised again by the thread that runs the job
            failure.append(error)
            finished.stop()
        finally:
            if writer is not None:
                writer.abandon()

    def _noted(self, before: Checkpoint, segment: Segment, mark: Mark | None) -> Checkpoint:
        segments = (*before.segments, segment)
        if mark is None:
            return replace(before, segments=segments)
        checkpoint = Checkpoint(mark.place, self._shape, segments, tuple(mark.states))
        self._manifest.save(checkpoint)
        return checkpoint

    def _finish(self, checkpoint: Checkpoint, decoder: Decoder) -> VideoReport:
        if not checkpoint.segments:
            raise BadInput("media.no_frames", name=self._source.name)
        assert self._shape is not None
        tick = self._shape.time_base
        parts = [(self._manifest.path(segment), segment.base * tick) for segment in checkpoint.segments]
        with av.open(str(parts[-1][0])) as last:
            stream = last.streams.video[0]
            width, height = stream.width, stream.height
        seconds = float(checkpoint.segments[-1].last * tick + 1 / self._fps)
        span = Span(decoder.start_seconds, inf if self._trim.end is None else decoder.start_seconds + seconds)
        join(parts, self._source, self._target, self._recipe, span, self._fps, self._alive(checkpoint.frames))
        shutil.rmtree(self._run.workdir / "segments", ignore_errors=True)
        return VideoReport(checkpoint.frames, seconds, self._fps, width, height, decoder.cut_short)


def _key(source: Path, options: VideoOptions, trim: Trim, fps: Fraction | None, key: str) -> str:
    stat = source.stat()
    return hashlib.sha256(repr((stat.st_size, stat.st_mtime_ns, options, trim, fps, key)).encode()).hexdigest()


def _expected(info: MediaInfo, trim: Trim, fps: Fraction | None) -> int | None:
    if not info.seconds:
        return None if fps else info.frames
    end = min(info.seconds, trim.end or info.seconds)
    whole = trim.start == 0 and end == info.seconds and fps is None
    return info.frames if whole and info.frames else max(1, round((end - trim.start) * (fps or info.fps)))
