"""From hits of single frames to parts of films: a clip's hits have to come in the clip's order and pace."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

SPEEDS = (1.0, 0.9, 1.1)
SLACK_S = 0.35
LEAST = 0.2
NEARLY = 1e-6
DOUBT_S = 0.05


@dataclass(frozen=True)
class Hit:
    """A kept frame that answers. ``at_s`` is its time; it stands for ``start_s`` to ``end_s`` of its shot. ``score``: 0..1.
    ``asked_s``: the time in the question's clip, 0 for a picture.
    """

    video: int
    shot: int
    at_s: float
    start_s: float
    end_s: float
    score: float
    asked_s: float = 0.0


@dataclass(frozen=True)
class Alignment:
    """A part of a video in which a clip's moments come in order. ``speed``: seconds of the video for one of the clip's;
    ``asked_start_s`` to ``asked_end_s``: the clip's part; ``score``: 0..1, the share of the clip's moments, each by its hit's score.
    """

    video: int
    start_s: float
    end_s: float
    speed: float
    asked_start_s: float
    asked_end_s: float
    score: float


def aligned(hits: Iterable[Hit], moments: Sequence[float], *, least: float = LEAST) -> list[Alignment]:
    """Where a clip lies that was asked for by frames at ``moments`` (seconds, each once): all places with at least that score, the best first.

    Every hit votes for the offsets with which its moment falls into its span. An offset counts each moment once, so that a clip
    played backwards, whose moments ask for different offsets, gets a moment's score and no more.
    """
    videos: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        videos[hit.video].append(hit)
    found = []
    for video, those in videos.items():
        left = those
        while left:
            score, _, speed, offset, inside = max((_peak(left, speed) for speed in SPEEDS), key=lambda peak: peak[:2])
            if score / len(moments) < least:
                break
            found.append(_alignment(video, score / len(moments), speed, offset, inside))
            used = {id(hit) for hit in inside}
            left = [hit for hit in left if id(hit) not in used]
    return sorted(found, key=lambda one: (-one.score, one.video, one.start_s))


def _peak(hits: Sequence[Hit], speed: float) -> tuple[float, float, float, float, list[Hit]]:
    """The most that an offset gets at this speed: votes, how near the kept frames' own times are (seconds, negative), the speed,
    the offset, and the hits that agree.
    """
    asked = np.array([hit.asked_s for hit in hits])
    low = np.array([hit.start_s for hit in hits]) - speed * asked - SLACK_S
    high = np.array([hit.end_s for hit in hits]) - speed * asked + SLACK_S
    score = np.array([hit.score for hit in hits])
    _, moment = np.unique(asked, return_inverse=True)
    offsets = np.unique(low)
    covers = (offsets[:, None] >= low - NEARLY) & (offsets[:, None] <= high + NEARLY)
    votes = np.zeros(len(offsets))
    for number in range(int(moment.max()) + 1):
        mine = moment == number
        votes += (covers[:, mine] * score[mine]).max(axis=1)
    best = int(votes.argmax())
    inside = np.nonzero(covers[best])[0]
    own = np.array([hits[k].at_s for k in inside]) - speed * asked[inside]
    offset = float(np.clip(np.median(own), low[inside].max(), high[inside].min()))
    far = float(np.abs(own - offset).mean())
    preferred = 0.0 if speed == 1 else DOUBT_S
    return float(votes[best]), -far - preferred, speed, offset, [hits[k] for k in inside]


def _alignment(video: int, score: float, speed: float, offset: float, inside: Sequence[Hit]) -> Alignment:
    first, last = min(hit.asked_s for hit in inside), max(hit.asked_s for hit in inside)
    start = max(offset + speed * first, min(hit.start_s for hit in inside), 0.0)
    end = max(min(offset + speed * last, max(hit.end_s for hit in inside)), start)
    return Alignment(video, start, end, speed, first, last, score)
