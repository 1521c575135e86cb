"""A process that speaks with one voice of sherpa-onnx: when it ends, all of its memory is given back, and a file that makes the
library abort ends nothing else.

It speaks as ``espeak_worker`` does: questions and frames over its pipes. Arguments: the voice's folder, the number of threads.
"""

import json
import os
import shutil
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

HEAD = struct.Struct("<I")
FACTS, BYTES = 14, 2
STEPS = 4
"""Of flow matching, as ZipVoice's distilled networks want it."""


def load(folder: Path, threads: int) -> Any:
    """The voice of a folder; what kind it is, is told by its files."""
    import sherpa_onnx as sherpa

    files = {file.name: str(file) for file in folder.iterdir()}
    model, more = sherpa.OfflineTtsModelConfig(num_threads=threads), {"lexicon": files.get("lexicon.txt", "")}
    with tempfile.TemporaryDirectory() as beside:
        if "model.onnx.json" in files:
            files |= from_piper(Path(files["model.onnx"]), Path(files["model.onnx.json"]), Path(beside))
        if "encoder.int8.onnx" in files:
            model.zipvoice = sherpa.OfflineTtsZipvoiceModelConfig(
                encoder=files["encoder.int8.onnx"],
                decoder=files["decoder.int8.onnx"],
                vocoder=files["vocos_24khz.onnx"],
                tokens=files["tokens.txt"],
                **more,
            )
        elif "voices.bin" in files:
            model.kokoro = sherpa.OfflineTtsKokoroModelConfig(
                model=files["model.onnx"], voices=files["voices.bin"], tokens=files["tokens.txt"], **more
            )
        elif "vocoder.onnx" in files:
            model.matcha = sherpa.OfflineTtsMatchaModelConfig(
                acoustic_model=files["model.onnx"], vocoder=files["vocoder.onnx"], tokens=files["tokens.txt"], **more
            )
        else:
            model.vits = sherpa.OfflineTtsVitsModelConfig(
                model=files["model.onnx"], tokens=files["tokens.txt"], **more, **scales(files.get("model.onnx.json"))
            )
        return sherpa.OfflineTts(sherpa.OfflineTtsConfig(model=model))


def scales(config: str | None) -> dict[str, float]:
    """How much chance and time Piper's own configuration wants."""
    found = json.loads(Path(config).read_text(encoding="utf-8")).get("inference", {}) if config else {}
    names = {"noise_scale": "noise_scale", "length_scale": "length_scale", "noise_w": "noise_scale_w"}
    return {own: float(found[name]) for name, own in names.items() if name in found}


def from_piper(model: Path, config: Path, beside: Path) -> dict[str, str]:
    """Piper's own files as sherpa-onnx reads them: a table of symbols, and the network with facts behind it."""
    known = json.loads(config.read_text(encoding="utf-8"))
    lines = [f"{symbol} {places[0]}" for symbol, places in known["phoneme_id_map"].items()]
    (beside / "tokens.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copyfile(model, beside / "model.onnx")
    facts = {
        "model_type": "vits",
        "comment": "piper",
        "language": known.get("language", {}).get("name_english", "English"),
        "voice": known.get("espeak", {}).get("voice", "en-us"),
        "has_espeak": "1",
        "n_speakers": str(known.get("num_speakers", 1)),
        "sample_rate": str(known["audio"]["sample_rate"]),
    }
    with (beside / "model.onnx").open("ab") as file:
        # fields of a message that repeat are put together by whoever reads it
        for name, value in facts.items():
            file.write(field(FACTS, field(1, name.encode()) + field(2, value.encode())))
    return {name: str(beside / name) for name in ("model.onnx", "tokens.txt")}


def field(number: int, body: bytes) -> bytes:
    """Bytes as a field of a message of protobuf."""
    size, left = bytearray(), len(body)
    while left > 0x7F:
        size.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([number << 3 | BYTES, *size, left]) + body


def spoken(voice: Any, asked: dict[str, Any]) -> bytes:
    """Float32 samples of a text, or of phonemes or tokens in its place; like a recording, where one is given."""
    import numpy as np
    import sherpa_onnx as sherpa

    wish = sherpa.GenerationConfig()
    wish.sid, wish.speed = asked.get("speaker", 0), asked["rate"]
    if phonemes := asked.get("phonemes"):
        wish.phoneme_codepoints = [[ord(sign) for sign in phonemes]]
    if like := asked.get("like"):
        wish.reference_audio, wish.reference_sample_rate = (
            np.fromfile(like["samples"], np.float32).tolist(),
            like["rate"],
        )
        wish.reference_text, wish.tokens, wish.num_steps = like["text"], [like["tokens"], asked["tokens"]], STEPS
        wish.extra = {"min_words_in_sentence": str(len(asked["tokens"]))}
    made = voice.generate("" if phonemes or like else asked["text"], wish)
    return np.asarray(made.samples, np.float32).tobytes()


def main() -> None:
    """Serve until the input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries that print must not disturb the frames
    voice = load(Path(sys.argv[1]), int(sys.argv[2]))
    source = sys.stdin.buffer
    while len(head := source.read(HEAD.size)) == HEAD.size:
        asked = json.loads(source.read(HEAD.unpack(head)[0]))
        told: dict[str, Any] = {"id": asked["id"], "rate": voice.sample_rate}
        samples = b""
        if asked["work"] == "speak":
            try:
                samples = spoken(voice, asked)
            except RuntimeError as problem:
                told["failed"] = str(problem)[:400]
        words = json.dumps(told).encode()
        out.write(struct.pack("<II", len(words), len(samples)) + words + samples)
        out.flush()


if __name__ == "__main__":
    main()
