"""What every face swapper does around its swap: pictures, one frame to try, and videos."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.face_swap._cast import ByIdentity, Cast, Fits, Rule
from engines.face_swap._finish import finish_for
from engines.face_swap._lay import lay, lay_rgb
from engines.face_swap._refill import Refill
from engines.face_swap._take import Swapper, Take
from engines.face_swap._who import rule_for
from engines.media.decode import Trim, frame_at
from engines.media.edit import compared
from engines.media.flow_control import Fold, Map, through
from engines.media.formats import VideoOptions, recipe
from engines.media.frame import Frame
from engines.media.label import labelled
from engines.media.pace import exact_rate
from engines.media.picture import MAX_PIXELS, jpeg, read_picture, write_picture
from engines.media.pipeline import transform
from engines.media.probe import probe
from engines.style.photo import shown, sized, still
from engines.vision.faces.arrive import Arrivals
from engines.vision.faces.finder import Finder
from engines.vision.faces.track import Scene, Seen
from studio.errors import BadInput, LimitReached
from studio.run import Run
from studio.tasks.face_swap import FaceSwapRequest, FaceSwapResult

PREVIEW_SIDE = 640
LOOKS = (0.5, 0.25, 0.75, 0.1, 0.9, 0.0)


@dataclass(frozen=True)
class FaceSwap:
    """One request's work. ``sources`` are the names that have a new face; ``fits`` chooses faces by their look."""

    request: FaceSwapRequest
    run: Run
    swapper: Swapper
    finder: Finder
    sources: Sequence[str]
    fits: Fits | None = None

    def __call__(self) -> FaceSwapResult:
        """Raises BadInput for a picture without faces and for names that mean nobody, LimitReached for a result too large."""
        target = self.run.path(self.request.target)
        self._demand_room(target)
        rule = rule_for(self.request, self.run, self.finder)
        if self.run.kind(self.request.target) == "image":
            picture = read_picture(target)
            take = self._made(still(picture), rule)
            if take is None:
                raise self._nobody(picture, target)
            return self._picture(take)
        return self._preview(rule, target) if self.request.preview else self._video(rule, target)

    def _video(self, rule: Rule, target: Path) -> FaceSwapResult:
        request, run, refill, info = self.request, self.run, Refill(), probe(target)
        arrivals = Arrivals(self.finder.landmarks)
        options = VideoOptions(request.output.format, request.output.quality, request.output.hardware)
        tracker = self.finder.tracker(known=isinstance(rule, ByIdentity))
        chain = [
            Map(tracker.ready),
            Fold(tracker),
            Fold(arrivals, arrivals.held),
            Fold(Cast(rule, self.sources, self.fits)),
            Fold(refill, refill.held),
            *self.swapper.stages(),
            Map(finish_for(request, run, info.height, info.width)),
            Map(lay),
            *([] if request.scale == 1 else [Map(lambda frame: _scaled(frame, request.scale))]),
            *([Map(labelled)] if request.output.label else []),
        ]
        settings = request.model_dump_json(exclude={"target", "seed", "engine", "start", "end", "preview", "at"})
        key = f"{self.swapper.key} {self.finder.name} {run.device.partition(':')[0]} {settings}"
        trim = Trim(request.begin, request.end)
        with run.output(recipe(options).suffix, name=self.swapper.name) as out:
            rate = exact_rate(request.fps)
            report = transform(target, out.path, chain, run, options=options, trim=trim, fps=rate, key=key)
        if report.cut_short:
            run.note("media.cut_short")
        if not refill.swapped:
            run.note("face_swap.nobody")
        beside = None
        if request.output.comparable:
            beside = compared(target, out.id, run, name=self.swapper.name, start=request.begin)
        return FaceSwapResult(output=out.id, frames=report.frames, swapped=refill.swapped, comparison=beside)

    def _preview(self, rule: Rule, target: Path) -> FaceSwapResult:
        """One frame with the new faces: the one that was asked for, else the first of a few that shows somebody."""
        seconds = probe(target).seconds
        moments = [self.request.at] if self.request.at is not None else [seconds * part for part in LOOKS]
        for moment in moments:
            frame = frame_at(target, moment)
            take = self._made(still(frame.rgb), rule)
            if take is not None:
                return self._picture(take)
        if len(moments) > 1:
            raise self._nobody(frame.rgb, target)
        self.run.note("face_swap.nobody")
        return self._picture(Take(still(frame.rgb), True, []))

    def _made(self, frame: Frame, rule: Rule) -> Take | None:
        """A picture's take with its patches; None where nobody is to be swapped."""
        faces = sorted(self.finder.faces(frame.rgb), key=lambda face: face.box[0])
        known = isinstance(rule, ByIdentity)
        seen = [
            Seen(number, face, face, self.finder.identity(frame.rgb, face) if known else None)
            for number, face in enumerate(faces)
        ]
        self.run.step(0, 1, unit="pictures")
        finish = finish_for(self.request, self.run, frame.height, frame.width)
        stages = [Fold(Cast(rule, self.sources, self.fits)), *self.swapper.stages(), Map(finish)]
        (take,) = through(stages, [Scene(frame, True, tuple(seen))])
        return take if take.roles else None

    def _nobody(self, picture: Bytes, target: Path) -> BadInput:
        """Why nobody in a picture is swapped."""
        count = len(self.finder.faces(np.ascontiguousarray(picture[..., :3])))
        return BadInput("face_swap.not_meant" if count else "face_swap.no_people", target=target.name, count=count)

    def _demand_room(self, target: Path) -> None:
        scale, info = self.request.scale, probe(target)
        width, height = round(info.width * scale), round(info.height * scale)
        if scale > 1 and width * height > MAX_PIXELS:
            limit = MAX_PIXELS // 1_000_000
            raise LimitReached("face_swap.too_large", target=target.name, width=width, height=height, limit=limit)

    def _picture(self, take: Take) -> FaceSwapResult:
        request, run, made = self.request, self.run, lay_rgb(take)
        before, after = _shown(take.frame.rgb, take.frame, request), _shown(made, take.frame, request)
        run.step(1, 1, preview=lambda: jpeg(after[..., :3], PREVIEW_SIDE), unit="pictures")
        ending, name = (".jpg", "after") if request.preview else (".png", self.swapper.name)
        with run.output(ending, name=name) as out:
            write_picture(out.path, after)
        original = comparison = None
        if request.preview:
            with run.output(ending, name="before") as old:
                write_picture(old.path, before)
            original = old.id
        elif request.output.compare:
            with run.output(".png", name=f"{name} compared") as pair:
                write_picture(pair.path, np.hstack([before[..., :3], after[..., :3]]))
            comparison = pair.id
        return FaceSwapResult(
            output=out.id, frames=1, swapped=len(take.roles), original=original, comparison=comparison
        )


def _shown(rgb: Bytes, frame: Frame, request: FaceSwapRequest) -> Bytes:
    """A picture as it is written: scaled and labelled where that was asked for, transparent where it was."""
    picture = rgb if frame.alpha is None or request.preview else np.dstack([rgb, frame.alpha])
    if request.scale != 1:
        picture = _resized(picture, request.scale)
    if request.output.label:
        picture = shown(labelled(still(picture)))
    return picture


def _resized(picture: Bytes, scale: float) -> Bytes:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way))


def _scaled(frame: Frame, scale: float) -> Frame:
    """A frame of a video; sides are even, as codecs want them, and no larger than ``scale`` says."""
    return sized(frame, max(2, int(frame.height * scale) // 2 * 2))
