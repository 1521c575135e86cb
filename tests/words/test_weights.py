"""Attention marks: what is written is what was read, and counts the same."""

import random

import pytest

from engines.words.weights import HEAVIEST, ROUND, Part, parse, peel, plain, weighted, write
from tests.words.reading import counted

PIECES = [
    "a", "blue eyes", "(", ")", "[", "]", ",", ", ", ":1.2)", ":0.8)", "\\(", "\\)", "\\", "\\\\", " BREAK ", " AND ", "|", ":", ":0.5]",
    "<lora:x,y:1>", "\n", "猫", "{", "}", "((", "))", ".", "(x:1.1)", "(y)", "[z]", "(:1.2)", "()", "_(w)",
]  # fmt: skip


def anew(prompt: str) -> str:
    return write(Part(part.text, part.weight) for part in parse(prompt))


def prompts(count: int) -> list[str]:
    rng = random.Random(5)
    return ["".join(rng.choices(PIECES, k=rng.randint(1, 24))) for _ in range(count)]


def test_the_reading_that_the_product_is_compared_with_gives_the_wikis_figures():
    of = dict(counted("w (((h:1.3)) [o] a (l:0.5) (((s))) ."))
    assert of == {"w": 1.0, "h": 1.573, "o": 1.0, "a": 1.1, "l": 0.55, "s": 1.4641, ".": 1.1}


@pytest.mark.parametrize(
    ("raw", "text", "weight"),
    [
        ("x", "x", 1), ("(x)", "x", ROUND), ("((x))", "x", 1.21), ("[x]", "x", 1 / 1.1), ("(x:1.2)", "x", 1.2), ("(x:.5)", "x", 0.5),
        ("((x:1.2))", "x", 1.32), ("(a, b:1.3)", "a, b", 1.3), ("\\(x\\)", "\\(x\\)", 1), ("(a) b", "(a) b", 1), ("(a) (b)", "(a) (b)", 1),
        ("[a:b:0.5]", "[a:b:0.5]", 1), ("[a:3]", "[a:3]", 1), ("[a|b]", "[a|b]", 1), ("[(a|b) c]", "(a|b) c", 1 / 1.1), ("(x:3)", "(x:3)", 1),
        ("(x:-1)", "(x:-1)", 1), ("(x:0)", "(x:0)", 1), ("(x:1.2.3)", "x:1.2.3", ROUND), ("()", "()", 1), ("(:1.2)", "(:1.2)", 1), ("(x", "(x", 1),
        ("<lora:a:0.8>", "<lora:a:0.8>", 1), ("(a\\)", "(a\\)", 1), ("([a)]", "([a)]", 1), ("(a:b:1.4)", "a:b", 1.4),
    ],
)  # fmt: skip
def test_marks_around_a_whole_part_are_its_weight(raw, text, weight):
    found, counts = peel(raw)
    assert found == text
    assert counts == pytest.approx(weight, abs=1e-9)


def test_a_prompt_comes_back_sign_by_sign():
    for prompt in prompts(3000):
        parts = parse(prompt)
        assert write(parts) == (prompt if parts else ""), prompt
        assert all(0 < part.weight <= HEAVIEST for part in parts)


def test_written_from_texts_and_weights_alone_each_word_counts_the_same():
    for prompt in prompts(3000):
        assert counted(anew(prompt)) == counted(prompt), prompt
        assert anew(anew(prompt)) == anew(prompt), prompt


@pytest.mark.parametrize(
    "prompt",
    [
        "masterpiece, (best quality), ((sharp)), (blue eyes:1.2), [blurry], [[dull]], (x:1.1)",
        "a cat BREAK a dog AND a bird :0.8, <lora:ink_v2:0.7>",
        "[oak:pine:0.5], [cow|horse] in a field, saber_(fate), \\(literal\\)",
    ],
)
def test_usual_prompts_keep_their_form_without_what_was_noted_of_it(prompt):
    assert anew(prompt) == prompt


def test_a_part_that_was_changed_is_written_anew_and_the_rest_stays():
    one, two, three = parse("a,(b:1.2) ,  c")
    assert write([one, Part(two.text, 1.4, two.raw, two.after), three]) == "a,(b:1.4) ,  c"
    assert write([three, Part("new", 0.9), one]) == "c, (new:0.9), a,"


@pytest.mark.parametrize(
    ("text", "weight", "written"),
    [
        ("x", 1.2, "(x:1.2)"), ("x", 1.0, "x"), ("x :(", 1.2, "(x :\\(:1.2)"), ("a:b:0.5", 1 / ROUND, "(a:b:0.5:0.909091)"),
        ("ratio:1.5", ROUND, "(ratio:1.5:1.1)"), ("a|b", 1 / ROUND, "(a|b:0.909091)"), ("BREAK", 1.2, "BREAK"), ("<lora:a:1>", 1.2, "<lora:a:1>"),
        ("x\\", 1.2, "(x\\\\:1.2)"), ("(a:1.5) b", 0.8, "((a:1.5) b:0.8)"),
    ],
)  # fmt: skip
def test_a_weight_is_written_so_that_it_is_read_again(text, weight, written):
    assert weighted(text, weight) == written


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a:b:0.5]", "b"), ("[a::0.3]", "a"), ("[c:4]", "c"), ("[x|y]", "x"), ("((q:1.2) z)", "q z"), ("saber_(fate)", "saber_(fate)"),
        ("\\(e\\)", "(e)"), ("a <lora:b:1> c", "a c"), ("(open", "open"), ("frown :(", "frown :("), ("[dull]", "dull"), ("[a:b]", "a:b"),
    ],
)  # fmt: skip
def test_words_alone_have_no_marks(text, words):
    assert plain(text) == words


def test_thousands_of_brackets_are_read_too():
    prompt = "(" * 4000 + "x" + ")" * 4000 + ", y"
    assert write(parse(prompt)) == prompt
    assert plain(prompt) == "x, y"
