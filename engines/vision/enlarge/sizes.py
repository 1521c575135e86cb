"""How large a picture becomes, and in how many steps."""

from dataclasses import dataclass

from studio.errors import BadInput, LimitReached

MOST_TIMES = 8
"""How many times larger a side may become."""
MOST_PIXELS = 80_000_000
"""As many as the studio opens again."""
ON_THE_WAY = 4 * MOST_PIXELS
MILLION = 1_000_000


@dataclass(frozen=True)
class Plan:
    """``passes`` of an enlarger, the last of which is averaged down by the whole number ``shrink``; then the rest of the way to
    ``width`` x ``height`` by resampling, where those aren't reached exactly.
    """

    width: int
    height: int
    passes: int
    shrink: int


def plan(width: int, height: int, name: str, *, times: int, side: int, step: int) -> Plan:
    """The way to ``times`` the size, or to a longer side of ``side`` pixels unless that is 0, by an enlarger that makes ``step`` of 1.

    Raises BadInput for a side that isn't larger or is more than eight times as long, LimitReached for too large a result.
    """
    longer = max(width, height)
    if side and side <= longer:
        raise BadInput("upscale.not_larger", name=name, longer=longer)
    if side > MOST_TIMES * longer:
        raise BadInput("upscale.too_far", name=name, most=MOST_TIMES * longer, times=MOST_TIMES)
    factor = side / longer if side else float(times)
    target = [round(width * factor), round(height * factor)] if side else [width * times, height * times]
    target = [max(1, value) for value in target]
    passes = 1
    while step**passes < factor:
        passes += 1
    shrink = max(1, int(step**passes / factor))
    while step % shrink:
        shrink -= 1
    reached = step**passes // shrink
    if target[0] * target[1] > MOST_PIXELS or width * reached * height * reached > ON_THE_WAY:
        most = (MOST_PIXELS / (width * height)) ** 0.5
        raise LimitReached(
            "upscale.too_large",
            name=name,
            width=target[0],
            height=target[1],
            limit=MOST_PIXELS // MILLION,
            side=int(longer * most),
        )
    return Plan(target[0], target[1], passes, shrink)
