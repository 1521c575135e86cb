"""What other programs write into their pictures, in their true forms: A1111, ComfyUI, InvokeAI and Fooocus, and nasty ones."""

import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engines.words.recorded import Recorded, recorded
from studio.errors import BadInput

A1111 = (
    "1girl, <lora:ink_style:0.7> (silver hair:1.2),\nforest\nNegative prompt: blurry, extra fingers\n"
    "Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 1234567, Size: 832x1216, "
    'Model hash: 0a1b2c3d4e, Model: animagine-xl-4, Lora hashes: "ink_style: 12ab", Version: v1.10.1'
)
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": ["11", 0],
            "steps": 25,
            "cfg": 7.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["10", 0],
            "positive": ["12", 0],
            "negative": ["12", 1],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "anime\\toon-xl.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a knight in the rain", "clip": ["10", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["13", 0], "clip": ["10", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "C:\\Users\\ann\\x"}},
    "10": {
        "class_type": "LoraLoader",
        "inputs": {"lora_name": "sub/rain.safetensors", "strength_model": 0.8, "strength_clip": 1, "model": ["4", 0]},
    },
    "11": {"class_type": "PrimitiveInt", "inputs": {"value": 99}},
    "12": {
        "class_type": "ControlNetApplyAdvanced",
        "inputs": {"positive": ["6", 0], "negative": ["7", 0], "strength": 1.0, "image": ["14", 0]},
    },
    "13": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "low quality"}},
    "14": {"class_type": "LoadImage", "inputs": {"image": "pose.png"}},
}
CUSTOM = {
    "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux-dev.safetensors"}},
    "2": {
        "class_type": "CLIPTextEncodeFlux",
        "inputs": {"clip_l": "a red fox", "t5xxl": "a red fox sits", "guidance": 3},
    },
    "3": {
        "class_type": "CFGGuider",
        "inputs": {"cfg": 3.5, "positive": ["2", 0], "negative": ["2", 0], "model": ["1", 0]},
    },
    "4": {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}},
    "5": {"class_type": "BasicScheduler", "inputs": {"steps": 20, "scheduler": "simple", "model": ["1", 0]}},
    "6": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "dpmpp_2m"}},
    "7": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["4", 0],
            "guider": ["3", 0],
            "sampler": ["6", 0],
            "sigmas": ["5", 0],
            "latent_image": ["8", 0],
        },
    },
    "8": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 1536}},
}
WORKFLOW = {
    "nodes": [
        {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": ["toon.safetensors"], "inputs": []},
        {"id": 2, "type": "CLIPTextEncode", "widgets_values": ["a witch"], "inputs": [{"name": "clip", "link": 1}]},
        {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["text, logo"], "inputs": [{"name": "clip", "link": 2}]},
        {"id": 4, "type": "EmptyLatentImage", "widgets_values": [512, 768, 1]},
        {
            "id": 5,
            "type": "KSampler",
            "widgets_values": [42, "randomize", 12, 4.5, "lcm", "karras", 1],
            "inputs": [
                {"name": "model", "link": 3},
                {"name": "positive", "link": 4},
                {"name": "negative", "link": 5},
                {"name": "latent_image", "link": 6},
                {"name": "seed", "widget": {"name": "seed"}, "link": None},
            ],
        },
    ],
    "links": [[1, 1, 1, 2, 0, "CLIP"], [2, 1, 1, 3, 0, "CLIP"], [3, 1, 0, 5, 0, "MODEL"], [4, 2, 0, 5, 1, "CONDITIONING"],
              [5, 3, 0, 5, 2, "CONDITIONING"], [6, 4, 0, 5, 3, "LATENT"]],
    "version": 0.4,
}  # fmt: skip
INVOKE = {
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "an old sailor++",
    "negative_prompt": "photo",
    "width": 1024,
    "height": 1024,
    "seed": 77,
    "cfg_scale": 5.5,
    "steps": 30,
    "scheduler": "dpmpp_2m_k",
    "model": {"key": "k", "hash": "blake3:x", "name": "Juggernaut XL v9", "base": "sdxl", "type": "main"},
    "loras": [{"model": {"name": "sketch", "type": "lora"}, "weight": 0.75}],
    "app_version": "6.14.0",
}
FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "juggernautXL_v8Rundiffusion",
    "full_prompt": ["cinematic still a castle", "castle"],
    "guidance_scale": 4,
    "lora_combined_1": "sd_xl_offset_example-lora_1.0 : 0.1",
    "loras": [["sd_xl_offset_example-lora_1.0", 0.1, "4852686128"]],
    "metadata_scheme": "fooocus",
    "negative_prompt": "",
    "performance": "Speed",
    "prompt": "a castle",
    "resolution": "(896, 1152)",
    "sampler": "dpmpp_2m_sde_gpu",
    "seed": "7151",
    "steps": 30,
    "styles": "['Fooocus V2']",
    "version": "Fooocus v2.5.5",
}


def png(file: Path, **texts: str) -> Path:
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    Image.new("RGB", (8, 8)).save(file, pnginfo=info)
    return file


def with_exif(file: Path, **tags) -> Path:
    block = Image.Exif()
    for tag, value in tags.items():
        block[int(tag[1:], 16)] = value
    Image.new("RGB", (8, 8)).save(file, exif=block)
    return file


def test_a1111(tmp_path):
    found = recorded(png(tmp_path / "a.png", parameters=A1111))
    assert found == Recorded(
        "A1111", "1girl,  (silver hair:1.2),\nforest", "blurry, extra fingers", 1234567, 832, 1216, 28, 6.5, "DPM++ 2M",
        "animagine-xl-4", (("ink_style", 0.7),),
    )  # fmt: skip


def test_comfyui_by_the_graph_that_ran(tmp_path):
    found = recorded(png(tmp_path / "a.png", prompt=json.dumps(GRAPH), workflow="{"))
    assert found == Recorded(
        "ComfyUI", "a knight in the rain", "low quality", 99, 832, 1216, 25, 7.0, "euler", "toon-xl", (("rain", 0.8),)
    )
    found = recorded(png(tmp_path / "b.png", prompt=json.dumps(CUSTOM)))
    assert found == Recorded("ComfyUI", "a red fox", "a red fox", 5, 1024, 1536, 20, 3.5, "dpmpp_2m", "flux-dev")


def test_comfyui_by_the_saved_workflow(tmp_path):
    found = recorded(png(tmp_path / "a.png", workflow=json.dumps(WORKFLOW)))
    assert found == Recorded("ComfyUI", "a witch", "text, logo", 42, 512, 768, 12, 4.5, "lcm", "toon")


def test_invokeai(tmp_path):
    found = recorded(png(tmp_path / "a.png", invokeai_metadata=json.dumps(INVOKE), invokeai_workflow="{}"))
    assert found == Recorded(
        "InvokeAI",
        "an old sailor++",
        "photo",
        77,
        1024,
        1024,
        30,
        5.5,
        "dpmpp_2m_k",
        "Juggernaut XL v9",
        (("sketch", 0.75),),
    )


def test_fooocus_in_every_format(tmp_path):
    told = Recorded(
        "Fooocus", "a castle", "", 7151, 896, 1152, 30, 4.0, "dpmpp_2m_sde_gpu", "juggernautXL_v8Rundiffusion",
        (("sd_xl_offset_example-lora_1.0", 0.1),),
    )  # fmt: skip
    assert recorded(png(tmp_path / "a.png", parameters=json.dumps(FOOOCUS), fooocus_scheme="fooocus")) == told
    for name in ("a.jpg", "a.webp"):
        file = with_exif(tmp_path / name, x9286=json.dumps(FOOOCUS), x927c="fooocus", x0131="Fooocus v2.5.5")
        assert recorded(file) == told


def test_comfyui_in_webp(tmp_path):
    file = with_exif(tmp_path / "a.webp", x0110="prompt:" + json.dumps(CUSTOM), x010f="workflow:{}")
    found = recorded(file)
    assert found is not None and (found.prompt, found.seed) == ("a red fox", 5)


def bomb(file: Path, key: str) -> Path:
    plain = png(file).read_bytes()
    body = key.encode() + b"\x00\x00" + zlib.compress(b" " * (8 << 20))
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    file.write_bytes(plain[:33] + chunk + plain[33:])
    return file


def cyclic() -> dict:
    graph = {key: {**node, "inputs": dict(node["inputs"])} for key, node in GRAPH.items()}
    graph["6"]["inputs"]["text"] = ["13", 0]
    graph["13"]["inputs"]["value"] = ["6", 0]
    graph["4"] = {"class_type": "ModelMerge", "inputs": {"model1": ["10", 0], "model2": ["4", 0]}}
    graph["11"]["inputs"]["value"] = ["11", 0]
    return graph


def test_a_workflow_that_runs_in_a_circle_ends(tmp_path):
    found = recorded(png(tmp_path / "a.png", prompt=json.dumps(cyclic())))
    assert found is not None and (found.prompt, found.seed, found.model, found.steps) == ("", None, "", 25)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({"prompt": json.dumps(GRAPH)[:-30]}, "ComfyUI's settings in .* cut off"),
        ({"workflow": "[" * 100_000}, "ComfyUI's settings in .* cut off"),
        ({"invokeai_metadata": "{'seed': __import__('os')}"}, "InvokeAI's settings in .* cut off"),
        ({"parameters": '{"prompt": "a ca'}, "Fooocus's settings in .* cut off"),
        ({"prompt": json.dumps({"1": {"class_type": "LoadImage", "inputs": {}}})}, "no sampler"),
        ({"prompt": json.dumps([[1, 2], None])}, "no sampler"),
        ({"workflow": json.dumps({"nodes": [{"id": [], "type": 3}], "links": [3, [[]], [[], 1, 2, 3]]})}, "no sampler"),
        ({"prompt": " " * 1_000_001}, "larger than a megabyte"),
    ],
)
def test_what_can_not_be_read_is_told_in_a_sentence(tmp_path, texts, told):
    with pytest.raises(BadInput, match=told):
        recorded(png(tmp_path / "nasty.png", **texts))


def test_a_bomb_is_not_unpacked(tmp_path):
    with pytest.raises(BadInput, match="larger than a megabyte"):
        recorded(bomb(tmp_path / "bomb.png", "prompt"))


def test_odd_values_are_nothing(tmp_path):
    odd = {
        "positive_prompt": ["x"],
        "seed": "NaN",
        "width": 1e400,
        "steps": None,
        "model": 5,
        "loras": [None, {"weight": []}],
    }
    assert recorded(png(tmp_path / "a.png", invokeai_metadata=json.dumps(odd))) == Recorded("InvokeAI")
    for texts in ({}, {"Comment": "hello"}, {"parameters": "only a prompt"}, {"parameters": "{a|b} girl, red"}):
        assert recorded(png(tmp_path / "b.png", **texts)) is None
    (tmp_path / "no.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert recorded(tmp_path / "no.png") is None
