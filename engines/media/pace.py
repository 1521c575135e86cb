"""Another frame rate: frames dropped before they are worked on, or written several times after, on an exact grid of times."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from engines.media.decode import Decoder
from engines.media.frame import Frame
from engines.media.segments import Place

EARLY = Fraction(3, 5)
"""How many frames of the output a picture may come before its time. More than half: rounded times don't change the choice."""
FINEST = 1001
NTSC_NEAR = 0.005


def exact_rate(fps: float) -> Fraction | None:
    """Frames a second as a fraction: 12.5 is 25/2; 23.976, 29.97, 59.94 and the like are 24000/1001, 30000/1001, 60000/1001.

    None for 0, which stands for the source's own.
    """
    if not fps:
        return None
    ntsc = Fraction(round(fps * FINEST / 1000) * 1000, FINEST)
    if not float(fps).is_integer() and abs(fps - ntsc) < NTSC_NEAR:
        return ntsc
    return max(Fraction(fps).limit_denominator(FINEST), Fraction(1, FINEST))


class Paced:
    """A decoder's frames at ``rate``: each at the first whole number of output frames that is near its time.

    Of several at the same time the first stays, and each stays until the next one comes (``Frame.times``). ``time_base`` is a
    frame of the output.
    """

    def __init__(self, decoder: Decoder, rate: Fraction) -> None:
        self._decoder = decoder
        self._ahead = False
        self.time_base = 1 / rate

    def frames(self, after: Place | None = None) -> Iterator[Frame]:
        """``after`` goes on identically from a place that was asked for after a frame."""
        held, end = None, Fraction(0)
        for frame in self._decoder.frames(after):
            number = self._number(frame.pts * frame.time_base)
            end = frame.pts * frame.time_base + self._decoder.lasts
            if held is None or number > held.pts:
                frame.pts, frame.time_base = number, self.time_base
                if held is not None:
                    self._ahead = True
                    yield _until(held, number)
                held = frame
        self._ahead = False
        if held is not None:
            yield _until(held, self._number(end))

    def place(self) -> Place:
        """Where decoding stands, after the frame that was given last."""
        return self._decoder.place(back=int(self._ahead))

    def _number(self, seconds: Fraction) -> int:
        return max(0, ceil(seconds / self.time_base - EARLY))


def _until(frame: Frame, number: int) -> Frame:
    frame.times = max(1, number - frame.pts)
    return frame
