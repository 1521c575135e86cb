"""The text of settings in pictures: what is written is what was read, from any of the formats that carry it."""

import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from engines.words import weights
from engines.words.parameters import Parameters, find, line_of, read, write
from studio.tags.exif import EXIF_IFD, USER_COMMENT

LINE = (
    "Steps: 28, Sampler: DPM++ 2M SDE, Schedule type: Karras, CFG scale: 6, Seed: 123, Size: 832x1216, "
    'Model hash: 0a1b2c3d4e, Lora hashes: "a: 12ab, b: 34cd", Version: v1.9.3'
)
PROMPT = "masterpiece, (best quality), ((sharp)), (蓝眼睛:1.2), [blurry],\nin a garden BREAK a fox, <lora:ink:0.7>"
TEXT = f"{PROMPT}\nNegative prompt: (worst quality:1.4), hands,\nсмаз\n{LINE}"


def test_a_text_is_taken_apart():
    found = read(TEXT)
    assert found.prompt == PROMPT
    assert found.negative == "(worst quality:1.4), hands,\nсмаз"
    assert found.settings["Sampler"] == "DPM++ 2M SDE"
    assert (found.settings["Size-1"], found.settings["Size-2"]) == ("832", "1216")
    assert found.settings["Lora hashes"] == "a: 12ab, b: 34cd"


@pytest.mark.parametrize(
    "text",
    [
        TEXT, PROMPT, "", LINE, f"a\n{LINE}", f"Negative prompt: b\n{LINE}", "a\nNegative prompt: b", "a\nb, c: d, e: f", " two  blanks \n\n x",
        f"a\nNegative prompt: b\n{LINE}\nTemplate: {{a|b}}\nNegative Template: c", 'a\nA b: "x, \\"y\\", z", Cd: "un", Ef: v1: 2, Gh: "open',
    ],
)  # fmt: skip
def test_read_and_written_is_the_same_text(text):
    assert write(read(text)) == text


def test_the_last_line_counts_only_with_three_settings():
    assert read("a cat\nratio: 3, b: 4") == Parameters("a cat\nratio: 3, b: 4")
    assert read("a\nSteps: 1, Seed: 2, Extra thing: 3").line


def test_what_an_extension_puts_behind_the_settings_isnt_part_of_the_prompt():
    found = read(f"a\n{LINE}\nTemplate: {{a|b}}")
    assert found.prompt == "a"
    assert found.settings["Seed"] == "123"


def test_a_line_is_made_from_settings_and_read_again():
    settings = read(TEXT).settings
    assert line_of(settings) == LINE
    odd = {"Steps": "1", "Note": 'a "b": c\nd', "Hires-1": "x"}
    assert read("p\n" + line_of({**odd, "Seed": "2"})).settings == {**odd, "Seed": "2"}


def test_a_very_long_last_line_is_read_at_once():
    for text in ("word " * 190_000, " " * 900_000 + "x", 'ab: "' * 150_000):
        assert write(read(text)) == text


def picture(folder: Path, name: str, **how) -> Path:
    Image.new("RGB", (8, 8), "red").save(folder / name, **how)
    return folder / name


def png_text(folder: Path, kind: str, text: str) -> Path:
    info = PngImagePlugin.PngInfo()
    if kind == "iTXt":
        info.add_itxt("parameters", text)
    elif kind == "packed":
        info.add_itxt("parameters", text, zip=True)
    else:
        info.add_text("parameters", text, zip=kind == "zTXt")
    return picture(folder, f"{kind}.png", pnginfo=info)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt", "packed"])
def test_it_is_found_in_every_text_of_a_png(tmp_path, kind):
    text = TEXT if kind in ("iTXt", "packed") else f"un café, (b:1.2)\n{LINE}"
    assert find(png_text(tmp_path, kind, text)) == text


@pytest.mark.parametrize("name", ["a.jpg", "a.webp"])
@pytest.mark.parametrize("code", ["utf-16-be", "utf-16-le", "utf-16", "ASCII"])
def test_it_is_found_in_exif_whichever_byte_comes_first(tmp_path, name, code):
    text = "a cat\nSteps: 1, Seed: 2, Size: 8x8" if code == "ASCII" else TEXT
    block = Image.Exif()
    head = b"ASCII\x00\x00\x00" if code == "ASCII" else b"UNICODE\x00"
    block.get_ifd(EXIF_IFD)[USER_COMMENT] = head + text.encode(code)
    assert find(picture(tmp_path, name, exif=block)) == text


def test_from_a_picture_to_parts_and_back_is_the_same_prompt(tmp_path):
    found = read(find(png_text(tmp_path, "iTXt", TEXT)))
    parts = weights.parse(found.prompt)
    assert [(part.text, round(part.weight, 3)) for part in parts[:5]] == [
        ("masterpiece", 1), ("best quality", 1.1), ("sharp", 1.21), ("蓝眼睛", 1.2), ("blurry", 0.909),
    ]  # fmt: skip
    assert write(Parameters(weights.write(parts), found.negative, found.line)) == TEXT
    alone = weights.write(weights.Part(part.text, part.weight) for part in parts)
    assert alone.split() == PROMPT.split()


def test_a_text_that_unpacks_to_hundreds_of_megabytes_is_left_out(tmp_path):
    file = picture(tmp_path, "bomb.png")
    data = file.read_bytes()
    body = b"parameters\x00\x00" + zlib.compress(b"x" * 200_000_000, 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    file.write_bytes(data[:33] + chunk + data[33:])
    assert find(file) == ""


def test_damaged_and_foreign_files_hold_nothing(tmp_path):
    good = png_text(tmp_path, "zTXt", LINE).read_bytes()
    for number, data in enumerate(
        [
            b"",
            b"hello",
            good[:40],
            good.replace(b"parameters\x00\x00x", b"parameters\x00\x00y"),
            json.dumps({}).encode(),
        ]
    ):
        file = tmp_path / f"{number}.png"
        file.write_bytes(data)
        assert find(file) == ""
