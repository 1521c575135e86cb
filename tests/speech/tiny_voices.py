"""Tiny voices in the layouts of the real ones, that hum a tone for each symbol: Piper's own files, and Kokoro's and Matcha's as
sherpa-onnx reads them.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SYMBOLS = '_^$ ;:,.!?—…"()“”abcdefghijklmnopqrstuvwxyzæɐəɚɛɜɪʊʌʃʒθðŋɡɹɾʔˈˌːɔɑɒ'
RATE, HUM = 22050, 1024
LENGTH, FLOAT = TensorProto.INT64, TensorProto.FLOAT


def hums(count: int, size: int = HUM) -> np.ndarray:
    """A tone for each symbol, float32 (count, size)."""
    time = np.arange(size) / RATE
    tones = [np.sin(2 * np.pi * (120 + 7 * number) * time) for number in range(count)]
    return (0.3 * np.hanning(size) * tones).astype(np.float32)


def saved(
    file: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, tuple[int, Sequence[int | str]]],
    outputs: Mapping[str, Sequence[int | str]],
    constants: Mapping[str, np.ndarray],
    facts: Mapping[str, object],
) -> None:
    graph = helper.make_graph(
        list(nodes),
        "voice",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {name: str(value) for name, value in facts.items()})
    onnx.save(model, str(file))


def tokens(folder: Path) -> None:
    lines = [f"{symbol} {number}" for number, symbol in enumerate(SYMBOLS)]
    (folder / "tokens.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def piper(folder: Path, *, rate: int = RATE, symbols: int = len(SYMBOLS)) -> None:
    """``model.onnx`` and ``model.onnx.json`` as Piper's trainer exports them."""
    nodes = [
        helper.make_node("Gather", ["enc_p.emb.weight", "input"], ["hummed"], axis=0),
        helper.make_node("Reshape", ["hummed", "row"], ["tone"]),
        helper.make_node("Slice", ["scales", "one", "two"], ["slow"]),
        helper.make_node("Concat", ["ones", "slow"], ["factors"], axis=0),
        helper.make_node("Resize", ["tone", "", "factors"], ["output"], mode="linear"),
    ]
    inputs = {"input": (LENGTH, [1, "n"]), "input_lengths": (LENGTH, [1]), "scales": (FLOAT, [3])}
    constants = {
        "enc_p.emb.weight": hums(symbols), "row": np.array([1, 1, -1]), "one": np.array([1]), "two": np.array([2]),
        "ones": np.ones(2, np.float32),
    }  # fmt: skip
    saved(folder / "model.onnx", nodes, inputs, {"output": [1, 1, "m"]}, constants, {})
    config = {
        "audio": {"sample_rate": rate, "quality": "tiny"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(SYMBOLS)},
        "num_symbols": symbols,
        "num_speakers": 1,
        "speaker_id_map": {},
        "language": {"code": "en_US", "family": "en", "name_english": "English"},
    }
    (folder / "model.onnx.json").write_text(json.dumps(config), encoding="utf-8")


def kokoro(folder: Path, *, rate: int = 24000, speakers: Sequence[str] = ("af_one", "am_two")) -> None:
    """``model.onnx``, ``voices.bin`` and ``tokens.txt`` as sherpa-onnx exports Kokoro."""
    nodes = [
        helper.make_node("Gather", ["hums", "tokens"], ["hummed"], axis=0),
        helper.make_node("Reshape", ["hummed", "row"], ["tone"]),
        helper.make_node("ReduceMean", ["style"], ["louder"], axes=[0, 1], keepdims=0),
        helper.make_node("Mul", ["tone", "louder"], ["styled"]),
        helper.make_node("Div", ["unit", "speed"], ["slow"]),
        helper.make_node("Concat", ["ones", "slow"], ["factors"], axis=0),
        helper.make_node("Resize", ["styled", "", "factors"], ["slowed"], mode="linear"),
        helper.make_node("Reshape", ["slowed", "flat"], ["audio"]),
    ]
    inputs = {"tokens": (LENGTH, [1, "n"]), "style": (FLOAT, [1, 8]), "speed": (FLOAT, [1])}
    constants = {
        "hums": hums(len(SYMBOLS)), "row": np.array([1, 1, -1]), "flat": np.array([-1]), "unit": np.ones(1, np.float32),
        "ones": np.ones(2, np.float32),
    }  # fmt: skip
    facts = {
        "model_type": "kokoro", "language": "English", "has_espeak": 1, "sample_rate": rate, "version": 1,
        "voice": "en-us", "style_dim": "510,1,8", "n_speakers": len(speakers), "speaker_names": ",".join(speakers),
    }  # fmt: skip
    saved(folder / "model.onnx", nodes, inputs, {"audio": ["m"]}, constants, facts)
    styles = np.stack([np.full((510, 1, 8), 1 - 0.5 * number, np.float32) for number in range(len(speakers))])
    (folder / "voices.bin").write_bytes(styles.tobytes())
    tokens(folder)


def matcha(folder: Path, *, rate: int = RATE) -> None:
    """``model.onnx``, ``vocoder.onnx`` and ``tokens.txt`` as sherpa-onnx reads Matcha with a HiFi-GAN."""
    bands = 80
    nodes = [
        helper.make_node("Gather", ["enc_p.emb.weight", "x"], ["found"], axis=0),
        helper.make_node("Transpose", ["found"], ["mel_short"], perm=[0, 2, 1]),
        helper.make_node("Concat", ["ones", "length_scale"], ["factors"], axis=0),
        helper.make_node("Resize", ["mel_short", "", "factors"], ["mel"], mode="linear"),
    ]
    inputs = {
        "x": (LENGTH, [1, "n"]), "x_length": (LENGTH, [1]), "noise_scale": (FLOAT, [1]), "length_scale": (FLOAT, [1])
    }  # fmt: skip
    facts = {
        "model_type": "matcha-tts", "language": "English", "voice": "en-us", "has_espeak": 1, "jieba": 0, "n_speakers": 1,
        "sample_rate": rate, "version": 1, "pad_id": 0, "use_icefall": 0, "use_eos_bos": 1, "num_ode_steps": 3,
    }  # fmt: skip
    constants = {"enc_p.emb.weight": np.eye(len(SYMBOLS), bands, dtype=np.float32), "ones": np.ones(2, np.float32)}
    saved(folder / "model.onnx", nodes, inputs, {"mel": [1, bands, "m"]}, constants, facts)
    nodes = [
        helper.make_node("Transpose", ["mel"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "hums"], ["hummed"]),
        helper.make_node("Reshape", ["hummed", "row"], ["audio"]),
    ]
    constants = {"hums": hums(bands), "row": np.array([1, -1])}
    saved(
        folder / "vocoder.onnx",
        nodes,
        {"mel": (FLOAT, [1, bands, "m"])},
        {"audio": [1, "k"]},
        constants,
        {"model_type": "hifigan"},
    )
    tokens(folder)
