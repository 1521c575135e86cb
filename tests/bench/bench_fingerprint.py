"""Is an edited frame found again? Run as ``python -m tests.bench.bench_fingerprint [shots] [distractors]``.

Frames of real clips, of pictures and of drawn scenes lie among distractors; frames of other moments are edited in thirteen ways and asked
for. Right is the right shot of the right video. Each is asked for again with its whole video taken out: an answer that is at least half
sure is then a false alarm. pHash, a hash of PDQ's class and ORB are asked the same. ``60 1000`` is a trial of some minutes.
"""

import logging
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np

from engines.arrays import Bytes, Floats
from engines.retrieval.encoder import Description, likeness
from engines.retrieval.fingerprint import Fingerprint
from tests.bench.edits import EDITS, RECODED
from tests.bench.peers import Hashes, Votes, orb, pdq, phash
from tests.bench.stock import Shot, footage, scenes, stills

log = logging.getLogger("bench")
SHOTS, DISTRACTORS = 50, 10_000
ASKED_SEED, OTHERS_SEED = 10_000_000, 1
CANDIDATES = 200
ORB_EVERY = 10


class Library:
    """Ours and the peers', filled with the same frames."""

    def __init__(self) -> None:
        self.encoder = Fingerprint()
        self.videos: list[str] = []
        self._described: list[Description] = []
        self._hashes: tuple[list[Bytes], list[Bytes], list[Bytes]] = ([], [], [])
        self.seconds = 0.0

    def add(self, shot: Shot) -> None:
        for frame in shot.kept:
            began = time.process_time()
            self._described += self.encoder.describe([frame])
            self.seconds += time.process_time() - began
            for hashes, of in zip(self._hashes, (phash, pdq, orb), strict=True):
                hashes.append(of(frame))
            self.videos.append(shot.video)

    def close(self) -> None:
        self.vectors = np.stack([description.vectors for description in self._described])
        self.details = [description.detail for description in self._described]
        self.shots = np.array(self.videos)
        self.films = np.array([video.split("#")[0] for video in self.videos])
        first, second, third = self._hashes
        self.peers = {
            "pHash": Hashes(phash, np.array(first)),
            "PDQ class": Hashes(pdq, np.array(second)),
            "ORB votes": Votes(third),
        }

    def ask(self, picture: Bytes, shot: str) -> tuple[str, float, float, float]:
        """The shot that is found, how sure; how sure without the whole video; and processor seconds of the first."""
        began = time.process_time()
        question = self.encoder.ask(picture)
        likely = likeness(question, self.vectors)
        spent = time.process_time() - began
        hit, sure, seconds = self._best(question, likely)
        _, false, _ = self._best(
            question, np.where((self.films == shot.split("#", maxsplit=1)[0])[:, None], np.float32(-1), likely)
        )
        return hit, sure, false, spent + seconds

    def _best(self, question: object, likely: Floats) -> tuple[str, float, float]:
        candidates = np.argsort(-likely.max(axis=1), kind="stable")[:CANDIDATES]
        began = time.process_time()
        scores = self.encoder.verify(question, [self.details[c] for c in candidates], likely[candidates])  # type: ignore[arg-type]
        seconds = time.process_time() - began
        best = int(scores.argmax())
        return str(self.shots[candidates[best]]), self.encoder.sure(float(scores[best])), seconds


def questions(shots: Sequence[Shot]) -> Iterator[tuple[str, str, Bytes]]:
    dice = np.random.default_rng(11)
    for shot in shots:
        for frame in shot.asked:
            for name, edit in EDITS.items():
                yield shot.video, name, edit(frame, dice)


def main(count: int = SHOTS, distractors: int = DISTRACTORS) -> None:
    dice = np.random.default_rng(5)
    shots = [*footage(dice, 5), *stills(dice, 5), *scenes(ASKED_SEED, count, 1, 1280, 720)]
    library = Library()
    for shot in shots:
        library.add(shot)
    others = scenes(OTHERS_SEED, distractors, 0, 480, 270)
    wanted = len(library.videos) + distractors
    while len(library.videos) < wanted:
        library.add(next(others))
    library.close()
    log.info(
        "%d frames, %.1f ms of processor time to describe one",
        len(library.videos),
        library.seconds / len(library.videos) * 1000,
    )
    found: dict[str, dict[str, list[float]]] = {name: {edit: [] for edit in EDITS} for name in ("ours", *library.peers)}
    sures, falses, spent = [], [], []
    for number, (video, edit, picture) in enumerate(questions(shots)):
        hit, sure, false, seconds = library.ask(picture, video)
        found["ours"][edit].append(hit == video)
        sures.append(sure if hit == video else 0.0)
        falses.append(false)
        spent.append(seconds)
        for name, peer in library.peers.items():
            if name != "ORB votes" or number // len(EDITS) % ORB_EVERY == 0:
                found[name][edit].append(library.shots[int(peer.scores(picture).argmax())] == video)
    report(found, np.array(sures), np.array(falses), np.array(spent))


def report(found: dict[str, dict[str, list[float]]], sures: Floats, falses: Floats, spent: Floats) -> None:
    log.info("| right shot first | %s |", " | ".join(found))
    for edit in EDITS:
        log.info("| %s | %s |", edit, " | ".join(f"{np.mean(found[name][edit]):.3f}" for name in found))
    for title, edits in (("all", tuple(EDITS)), ("recoded", RECODED)):
        log.info(
            "| %s | %s |",
            title,
            " | ".join(f"{np.mean(np.concatenate([found[name][edit] for edit in edits])):.3f}" for name in found),
        )
    log.info(
        "%d questions; at half sure: %.3f found and claimed, %.4f false alarms",
        len(sures),
        (sures >= 0.5).mean(),
        (falses >= 0.5).mean(),
    )
    log.info("sure without it, best 1 %%, 0.5 %%, 0.1 %%: %s", np.round(np.quantile(falses, (0.99, 0.995, 0.999)), 3))
    log.info("sure with it, worst 1 %%, 2 %%, 5 %%: %s", np.round(np.quantile(sures, (0.01, 0.02, 0.05)), 3))
    log.info(
        "processor ms a question, likeness and verifying: median %.0f, p95 %.0f",
        *(np.quantile(spent, (0.5, 0.95)) * 1000),
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(*(int(argument) for argument in sys.argv[1:3]))
