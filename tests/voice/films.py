"""A small film with a sound track, and the packets of a film, to compare."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def film(path: Path, seconds: float, sound: np.ndarray | None, rate: int = 44100) -> Path:
    """H.264 at 25 frames a second with B-frames, and ``sound`` float32 (n,) as AAC where there is one."""
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=25, options={"bf": "2", "g": "25"})
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        voice = None if sound is None else out.add_stream("aac", rate=rate, layout="mono")
        for number in range(round(seconds * 25)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 3 % 255, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if voice is not None and sound is not None:
            frame = av.AudioFrame.from_ndarray(sound.astype(np.float32)[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, 0
            out.mux(voice.encode(frame))
            out.mux(voice.encode(None))
    return path


def picture_packets(path: Path) -> list[tuple[bytes, float, float]]:
    """Bytes, time shown and time decoded of every packet of the picture."""
    with av.open(str(path)) as source:
        packets = [packet for packet in source.demux(source.streams.video[0]) if packet.size]
        return [(bytes(p), round(float(p.pts * p.time_base), 4), round(float(p.dts * p.time_base), 4)) for p in packets]
