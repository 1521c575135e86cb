"""A film from file to file by three routes: the studio's, a folder of pictures (as roop), eight threads over pipes (as facefusion).

Run as ``python -m tests.bench.bench_face_swap_routes``, on Linux. The same film, the same ONNX files, the same H.264 settings;
one source face for everyone, drawn at 128 pixels, sound kept. The routes take turns in one process, the folder, which takes
long, only once. On a machine that others use too, processor time says more than frames a second. The published weights may
not come along, so the files have their signatures and a share of their arithmetic: none, where only what is around the
networks is compared, and a fiftieth, where they relate to each other as they really do. The detector finds the face always
where it is on average: the other routes draw it there, the studio's landmarks find it from there, and cost in full what they cost.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from engines.arrays import Bytes
from engines.face_swap import neural
from engines.media.decode import Decoder, Trim
from engines.media.picture import write_picture
from engines.media.probe import probe
from engines.vision.faces.finder import FINDER, Finder
from studio.memory import Residency
from studio.run import Run
from studio.settings import Settings
from studio.tasks.face_swap import Face, FaceSwapRequest
from tests.bench.clips import clip_720p
from tests.bench.routes import folder_of_pictures, threads_over_pipes
from tests.bench.routes.graphs import Place, files
from tests.bench.routes.readings import Nets
from tests.bench.timing import rates
from tests.face_swap.cards import unsealed

REPEATS = 2
FRAMES = 120
SHARES = {"nothing": 0.0, "a fiftieth": 1 / 50}
MEMORY = Residency(lambda device: 2**33)
CARDS = {
    "inswapper-128": ("inswapper_128",),
    "buffalo-l": ("det_10g", "w600k_r50", "genderage"),
}
FINE = ("-c:v", "libx264", "-crf", "16")
ALIKE = Face(boost="128", colour="own", detail=0)
"""What the others do too: 128 pixels, colours as they are drawn, nothing sharpened."""
CHANGED = 4.0


def film(folder: Path) -> Path:
    """The clip's first frames with their sound."""
    made = folder / "film.mp4"
    seconds = str(FRAMES / float(probe(clip_720p()).fps))
    folder_of_pictures.ffmpeg("-i", clip_720p(), "-t", seconds, *FINE, "-c:a", "copy", made)
    return made


def place_in(target: Path) -> Place:
    """Where the largest face is, the mean of a few frames."""
    shown = [frame.rgb for frame in islice(Decoder(target, Trim()).frames(), 0, FRAMES, FRAMES // 3)]
    with MEMORY.use(FINDER, "cpu", Finder) as finder:
        faces = [max(finder.faces(rgb), key=lambda face: face.size) for rgb in shown]
    box, five = (np.mean([getattr(face, name) for face in faces], axis=0) for name in ("box", "five"))
    height, width = shown[0].shape[:2]
    return Place(np.asarray(box, np.float32), np.asarray(five, np.float32), width, height)


class Ours:
    """The engine as the studio runs it, with as many threads as there are cores."""

    def __init__(self, folder: Path, paths: Mapping[str, Path]) -> None:
        self._cards = unsealed(Settings(data_dir=folder / "data"), CARDS)
        self._memory = Residency(lambda device: 2**33)
        for card, names in CARDS.items():
            for name in names:
                self._cards.import_file(card, paths[name], f"{name}.onnx")

    def __call__(self, target: Path, source: Path, folder: Path) -> Path:
        more = {"threads": os.cpu_count() or 1, "seed": 1, "cards": self._cards, "memory": self._memory}
        run = Run.local(folder / "work", folder / "out", **more)
        asked = FaceSwapRequest(target=str(target), source=(str(source),), face=ALIKE)
        return Path(neural.run(asked, run).output)


class Others:
    """The two other routes. The folder's gives onnxruntime all cores for each call, the threads' one."""

    def __init__(self, paths: Mapping[str, Path], source: Bytes, five: np.ndarray) -> None:
        self._alone, self._many = Nets(paths, 0), Nets(paths, 1)
        self._source = self._many.embedding(np.ascontiguousarray(source[:, :, ::-1]), five)

    def pictures(self, target: Path, source: Path, folder: Path) -> Path:
        made = folder / "made.mp4"
        latent = self._alone.latent(self._source)
        folder_of_pictures.swapped(target, made, self._alone, latent, folder)
        return made

    def pipes(self, target: Path, source: Path, folder: Path) -> Path:
        made = folder / "made.mp4"
        threads_over_pipes.swapped(target, made, self._many, self._source, folder)
        return made


class Route:
    """One route, timed; ``cpu`` are the least seconds of processor time a frame, its ffmpegs' too."""

    def __init__(self, name: str, way: Callable[[Path, Path, Path], Path], target: Path, source: Path) -> None:
        self.name, self._way, self._target, self._source = name, way, target, source
        self.cpu = float("inf")
        self.checked = False

    def __call__(self) -> int:
        with tempfile.TemporaryDirectory() as folder:
            before = spent()
            made = self._way(self._target, self._source, Path(folder))
            frames = probe(made).frames or 0
            self.cpu = min(self.cpu, (spent() - before) / frames)
            if not self.checked:
                check(self._target, made)
                self.checked = True
            return frames


def spent() -> float:
    """Processor seconds of this process and of those that it started."""
    sides = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(side.ru_utime + side.ru_stime for side in sides)


def check(target: Path, made: Path) -> None:
    """Raises ValueError for a result that isn't the whole film with its sound and other faces."""
    before, after = probe(target), probe(made)
    if (before.frames, before.width, len(before.audio)) != (after.frames, after.width, len(after.audio)):
        raise ValueError(f"{made.name}: {after}")
    old, new = (next(iter(Decoder(path, Trim()).frames())).rgb.astype(float) for path in (target, made))
    if np.abs(old - new).mean() * old.size / 3 < CHANGED * 200 * 200:
        raise ValueError("nobody was swapped")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target, source = film(folder), folder / "source.png"
        first = next(iter(Decoder(target, Trim()).frames())).rgb
        write_picture(source, first)
        place = place_in(target)
        sys.stdout.write(f"{clip_720p().name}, {probe(target).frames} frames\n")
        for share, part in SHARES.items():
            paths = files(folder / share, place, part)
            others = Others(paths, first, place.five)
            routes = [
                Route(way, work, target, source)
                for way, work in (
                    ("the studio", Ours(folder / share / "ours", paths)),
                    ("folder of pictures", others.pictures),
                    ("threads over pipes", others.pipes),
                )
            ]
            ours, pictures, pipes = rates(routes, 1)
            more = rates([routes[0], routes[2]], REPEATS)
            ours, pipes = max(ours, more[0]), max(pipes, more[1])
            for route, speed in zip(routes, (ours, pictures, pipes), strict=True):
                ratio = f"ours is {ours / speed:.2f}x" if route is not routes[0] else ""
                cost = f"{1000 * route.cpu:6.1f} ms of CPU a frame"
                sys.stdout.write(f"networks {share:<11} {route.name:<19} {speed:6.1f} frames/s  {cost}  {ratio}\n")


if __name__ == "__main__":
    main()
