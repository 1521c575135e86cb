"""Prompts as runs of one weight."""

import pytest

from engines.words.emphasis import sections


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a cat", [[("a cat", 1.0)]]),
        ("", [[]]),
        ("a (red) cat", [[("a ", 1.0), ("red", 1.1), (" cat", 1.0)]]),
        ("a ((red)) [cat]", [[("a ", 1.0), ("red", 1.21), (" ", 1.0), ("cat", 1 / 1.1)]]),
        ("(a (red:1.5) cat:0.5)", [[("a ", 0.5), ("red", 0.75), (" cat", 0.5)]]),
        ("(zero:0) one", [[("zero", 0.0), (" one", 1.0)]]),
        (r"miku \(vocaloid\), (x:1.3)", [[("miku (vocaloid), ", 1.0), ("x", 1.3)]]),
        ("open ( and ] lone", [[("open ( and ] lone", 1.0)]]),
        ("a BREAK b AND c", [[("a ", 1.0)], [(" b ", 1.0)], [(" c", 1.0)]]),
        ("a <lora:name:0.7> b", [[("a  b", 1.0)]]),
        ("[day:night:0.5] sky", [[("night sky", 1.0)]]),
        ("[fog:0.5] sky", [[("fog sky", 1.0)]]),
        ("[cat|dog] toy", [[("cat toy", 1.0)]]),
        ("[night::0.5] sky", [[(" sky", 1.0)]]),
        ("{a|b}", [[("{a|b}", 1.0)]]),
    ],
)
def test_runs(prompt: str, wanted: list[list[tuple[str, float]]]) -> None:
    found = sections(prompt)
    assert [[text for text, _ in section] for section in found] == [[text for text, _ in part] for part in wanted]
    for section, part in zip(found, wanted, strict=True):
        assert [weight for _, weight in section] == pytest.approx([weight for _, weight in part])
