"""Frames of 1080p described by CLIP: ``python -m tests.bench.bench_clip``, on a graphics card, or on the processor where there is none.

ViT-B/32 and ViT-L/14 in full size with random weights. From a film of H.264 to rows of numbers, as a library's films are looked through
and with every frame described, beside the network alone on pictures that are ready; and beside one picture a call, prepared by
open_clip's own transform, as simple indexers do it.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file

from engines.media.decode import Decoder, Trim
from engines.retrieval.clip import ClipEncoder
from engines.retrieval.footage import Footage
from engines.retrieval.ingest import FRAMES_AT_ONCE, Seen, Work, looked_through
from tests.bench.bench_ingest import reel
from tests.describe.tiny_clip import PICTURES

CARD = torch.cuda.is_available()
DEVICE = "cuda:0" if CARD else "cpu"
NETWORKS = ("ViT-B-32", "ViT-L-14") if CARD else ("ViT-B-32",)
FILMS = (os.cpu_count() or 1) if CARD else 2
FRAMES = 2000 if CARD else 64


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def published(name: str, folder: Path) -> Path:
    """A folder as open_clip publishes a model, of random weights."""
    folder.mkdir()
    config = open_clip.get_model_config(name)
    model = open_clip.create_model(name)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": PICTURES}))
    save_file(
        {key: part.contiguous() for key, part in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )
    return folder


def network_alone(encoder: ClipEncoder) -> float:
    """Frames a second of the network on pictures that lie ready on its device, two for each frame as we describe it."""
    network = encoder._model
    views = torch.randn(2 * FRAMES_AT_ONCE, 3, encoder.side, encoder.side, device=DEVICE)
    views = views.half() if CARD else views

    def run() -> None:
        network.encode_image(views, normalize=True).float().cpu()

    with torch.inference_mode():
        run()
        rounds = max(FRAMES // FRAMES_AT_ONCE, 1)
        return rounds * FRAMES_AT_ONCE / timed(lambda: [run() for _ in range(rounds)])


def every_frame(film: Path, encoder: ClipEncoder) -> float:
    """Frames a second from the file on: films beside each other, each decoding while others are described."""

    def one(_: int) -> int:
        with Footage(film) as footage:
            frames = (footage.picture(glance.native) for glance in islice(footage.glances(), FRAMES // FILMS))
            return sum(len(encoder.describe(group)) for group in grouped(frames))

    with ThreadPoolExecutor(FILMS) as films:
        counts: list[int] = []
        seconds = timed(lambda: counts.extend(films.map(one, range(FILMS))))
    return sum(counts) / seconds


def grouped(frames: Iterator[np.ndarray]) -> Iterator[list[np.ndarray]]:
    while group := list(islice(frames, FRAMES_AT_ONCE)):
        yield group


def library(film: Path, encoder: ClipEncoder) -> tuple[float, float]:
    """Seconds of film a second, and frames described a second, as a library is looked through."""
    works = [Work(number, film.name, lambda: film, picture=False) for number in range(FILMS)]
    news: list[Seen | None] = []
    seconds = timed(lambda: news.extend(looked_through(works, encoder, lambda picture: False, FILMS)))
    frames = sum(len(told) for seen in news if seen for _, told in seen.shots)
    return sum(seen.facts.seconds for seen in news if seen and seen.facts) / seconds, frames / seconds


def one_by_one(film: Path, encoder: ClipEncoder) -> float:
    """Frames a second where each is prepared by open_clip's transform and described by itself, whole and once."""
    prepare = open_clip.image_transform(encoder.side, is_train=False)
    decoder, network = Decoder(film, Trim(0.0)), encoder._model
    count = max(FRAMES // 8, 8)

    def run() -> None:
        with torch.inference_mode():
            for frame in islice(decoder.frames(), count):
                view = prepare(Image.fromarray(frame.rgb))[None].to(DEVICE)
                network.encode_image(view.half() if CARD else view, normalize=True).float().cpu()

    try:
        return count / timed(run)
    finally:
        decoder.close()


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    say(f"{torch.cuda.get_device_name() if CARD else 'processor'}, {os.cpu_count()} cores, {FILMS} films at a time")
    with tempfile.TemporaryDirectory() as place:
        film = reel(Path(place) / "reel.mp4", 1920, 1080)
        for name in NETWORKS:
            encoder = ClipEncoder(published(name, Path(place) / name), name=name, version="random", device=DEVICE)
            encoder.describe([np.zeros((360, 640, 3), np.uint8)] * FRAMES_AT_ONCE)
            alone, whole = network_alone(encoder), every_frame(film, encoder)
            speed, described = library(film, encoder)
            say(
                f"{name}: every frame from 1080p {whole:.1f} a second, {whole / alone:.0%} of the network alone ({alone:.1f}); "
                f"as a library {speed:.1f} x real time, {described:.1f} frames described a second; "
                f"one frame a call, one view each: {one_by_one(film, encoder):.1f} a second"
            )


if __name__ == "__main__":
    main()
