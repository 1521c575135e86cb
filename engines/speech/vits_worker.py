"""A process that speaks with one VITS network in transformers' layout: when it ends, all of its memory is given back.

It speaks as ``espeak_worker`` does: questions and frames over its pipes. Arguments: the model's folder, the number of threads.
"""

import json
import os
import struct
import sys
from typing import Any

HEAD = struct.Struct("<I")


def load(folder: str, threads: int) -> tuple[Any, Any]:
    """Tokenizer and network, from the folder alone."""
    import torch
    from transformers import VitsModel, VitsTokenizer

    torch.set_num_threads(threads)
    tokenizer = VitsTokenizer.from_pretrained(folder, local_files_only=True)
    return tokenizer, VitsModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()


def spoken(tokenizer: Any, network: Any, asked: dict[str, Any]) -> bytes:
    """Float32 samples of a text, with noise of a fixed seed; nothing for one without a known letter."""
    import torch

    tokens = tokenizer(asked["text"], return_tensors="pt")
    if tokens["input_ids"].shape[-1] < 2:
        return b""
    torch.manual_seed(asked["seed"])
    network.speaking_rate = asked["rate"]
    with torch.inference_mode():
        wave = network(**tokens).waveform[0]
    return bytes(wave.float().numpy().tobytes())


def main() -> None:
    """Serve until the input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries that print must not disturb the frames
    tokenizer, network = load(sys.argv[1], int(sys.argv[2]))
    source = sys.stdin.buffer
    while len(head := source.read(HEAD.size)) == HEAD.size:
        asked = json.loads(source.read(HEAD.unpack(head)[0]))
        samples = b"" if asked["work"] == "load" else spoken(tokenizer, network, asked)
        told = json.dumps({"id": asked["id"], "rate": network.config.sampling_rate}).encode()
        out.write(struct.pack("<II", len(told), len(samples)) + told + samples)
        out.flush()


if __name__ == "__main__":
    main()
