"""Templates, compared with the package that defines them."""

import random
from collections import Counter
from itertools import islice

import pytest
from dynamicprompts.generators import CombinatorialPromptGenerator, RandomPromptGenerator
from dynamicprompts.wildcards import WildcardManager

from engines.words.dynamic import parse
from engines.words.dynamic_draw import draw
from engines.words.dynamic_list import combinations
from engines.words.dynamic_text import write
from engines.words.wildcards import Lists, read_files
from studio.errors import BadInput, LimitReached

FILES = {
    "colour.txt": "blue\n# none\ngreen\n\nred  \n",
    "a/x.txt": "x1\nx2\n",
    "a/y.txt": "y1\n{p|q}\n",
    "nest.txt": "n __colour__\n{2$$__a/x__}\n",
    "own.txt": "${v:none} hat\n",
    "deep/in/there.txt": "t\n",
    "things.yaml": "beast:\n  - lynx\n  - wolf\nhome:\n  wall:\n    - ivy\n",
}
FINITE = [
    "a plain (text:1.2), [x|y]", "{a|b}", "{ a | b }x", "x { a , c|b } y", "{a|}", "{|b}", "{}", "a {  } b", "{2$$a|b|c}", "{2$$ and $$a|b|c}",
    "{1-2$$a|b}", "{-1$$a|b}", "{0-1$$a|b}", "{2-$$a|b|c}", "{2$$ a|b |c}", "{0.5::a|2::b}", "{ 0.5:: a|b}", "{2$$|a|b}", "{2$$a|a|b}", "{5$$a|b}",
    "{2$$, $$a, x|b}", "{a|{b|c}}", "{{a|b}|{c}}", "{2$${a|b}|{c|d}}", "{2$$ | $$a|b}", "{3-1$$a|b|c}", "{2::a}", "{1.5::a|b::c}", "{a\nb|c}",
    "{a|b} {c|d} {e|f}", "${v={a|b}}${v} ${v}", "${v?=q}${v:z}", "${v:z}", "${ v = a }${ v }x", "a ${v=b} c ${v}", "%{a ... b$$c}",
    "{a|b}// y", "a | b } c", "\\{a\\}", "{:|b}", "{2:: |b}", "{(a:1.2)|[b]}", "{!a|b}", "x // y", "  lead {a|b} trail  ", "{%{< ... >$${a|b}}|c}",
    "__colour__", "{2$$__colour__}", "a__colour__b", "__a/*__", "__x__", "__there__", "{__colour__|__a/x__}", "{2$$__a/x__|k}", "__nest__",
    "__own(v=red)__", "__own__", "__beast__ __home/wall__", "{1-2$$ + $$__a/x__|{u|w}}", "__home/*__", "${c=__colour__}${c} on ${c}",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("lists")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def lists(folder) -> Lists:
    return read_files({name: folder / name for name in FILES})


@pytest.fixture(scope="module")
def manager(folder) -> WildcardManager:
    return WildcardManager(folder)


@pytest.mark.parametrize("template", FINITE)
def test_the_same_combinations_in_the_same_order(template, lists, manager):
    theirs = list(CombinatorialPromptGenerator(wildcard_manager=manager).generate(template, 200))
    assert list(combinations(template, lists=lists)) == theirs


@pytest.mark.parametrize("template", FINITE)
def test_the_same_texts_can_be_drawn(template, lists, manager):
    theirs = set(RandomPromptGenerator(wildcard_manager=manager, seed=1).generate(template, 250))
    assert set(draw(template, seed=1, count=250, lists=lists)) == theirs


@pytest.mark.parametrize(
    "template",
    [
        "{a|b|c}",
        "{5::a|b|2::c}",
        "{2$$a|b|c}",
        "{2$$8::a|b|c|d}",
        "{1-3$$a|b|c}",
        "{0.5::a|{b|c}}",
        "__colour__",
    ],
)
def test_chances_are_the_same(template, lists, manager):
    count = 3000
    theirs = Counter(RandomPromptGenerator(wildcard_manager=manager, seed=2).generate(template, count))
    ours = Counter(draw(template, seed=2, count=count, lists=lists))
    for text in theirs | ours:
        expected = (theirs[text] + ours[text]) / 2
        assert abs(theirs[text] - ours[text]) < 5 * (2 * expected) ** 0.5, text


def written(rng: random.Random, depth: int) -> str:
    """A template of nested choices, with blanks, empty options, weights, bounds and separators."""
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(["a", "b c", "", " d", "e ", "(f:1.1)", "\\(", "__colour__", "g, h"])
    options = [
        rng.choice(["", "2::", "0.5::"]) + "".join(written(rng, depth - 1) for _ in range(rng.randint(1, 2)))
        for _ in range(rng.randint(1, 3))
    ]
    return "{" + rng.choice(["", "", "1-2$$", "2$$; $$", "0-1$$"]) + "|".join(options) + "}"


def test_nested_templates_are_read_alike(lists, manager):
    rng = random.Random(11)
    for _ in range(40):
        template = "x " + "".join(written(rng, 2) for _ in range(2))
        theirs = list(islice(CombinatorialPromptGenerator(wildcard_manager=manager).generate(template, 40), 40))
        if "$$" in template:
            assert set(theirs) <= set(combinations(template, lists=lists)), template
        else:
            assert list(islice(combinations(template, lists=lists), 40)) == theirs, template
        drawn = RandomPromptGenerator(wildcard_manager=manager, seed=3).generate(template, 10)
        assert {text.count("x") for text in drawn} == {
            text.count("x") for text in draw(template, seed=3, count=3, lists=lists)
        }


def test_a_tree_is_written_and_read_as_the_same_tree():
    rng = random.Random(12)
    more = [
        "{2$$~a|b}",
        "{@1-2$$ x $$a|b}",
        "__~c/*(v=1,w=2)__",
        "{1::@a|b}",
        "{1:: a|1::2::b}",
        "${v?=!a}${v:b}",
        "__{a|b}/c__",
    ]
    for template in [*FINITE, *more, *(written(rng, 4) for _ in range(500))]:
        tree = parse(template)
        assert parse(write(tree)) == tree, template


def test_draws_are_the_same_for_a_seed_however_many_are_drawn():
    template = "{2-3$$a|b|c|d|e} {3::f|g}"
    many = draw(template, seed=9, count=50)
    assert many == draw(template, seed=9, count=20) + draw(template, seed=9, count=30, first=20)
    assert many != draw(template, seed=10, count=50)
    assert many[:3] == ["c,d,b f", "c,b f", "b,a,e f"]


def test_what_goes_in_turn_goes_in_turn(lists):
    assert draw("{@a|b|c}", seed=1, count=5) == ["a", "b", "c", "a", "b"]
    assert draw("__@colour__", seed=1, count=4, lists=lists) == ["blue", "green", "red", "blue"]
    assert draw("{@a|{b|c}}", seed=1, count=5) == ["a", "b", "a", "c", "a"]
    assert draw("{@1-2$$a|b}", seed=1, count=5) == ["a", "b", "a,b", "b,a", "a"]
    assert list(combinations("{@a|b|c} {d|e}")) == ["a d", "b e"]
    assert len(list(combinations("{~a|b} {d|e|f}"))) == 3


def test_a_value_that_is_drawn_now_stays():
    for text in draw("${v=!{a|b|c|d}}${v} ${v} ${v}", seed=4, count=20):
        assert len(set(text.split())) == 1


def test_a_big_list_doesnt_crowd_out_a_small_one(tmp_path):
    (tmp_path / "big.txt").write_text("\n".join(f"b{number}" for number in range(5000)))
    (tmp_path / "small.txt").write_text("s1\ns2\n")
    lists = read_files({f"all/{name}.txt": tmp_path / f"{name}.txt" for name in ("big", "small")})
    for template in ("__all/*__", "{1$$__all/*__}"):
        small = sum(text.startswith("s") for text in draw(template, seed=5, count=400, lists=lists))
        assert 140 < small < 260


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("{a|b", "words.not_closed"), ("${v=a", "words.not_closed"), ("${=}", "words.not_closed"), ("%{a}", "words.not_closed"),
        ("{__nope__|a}", "words.other_lists"), ("__nope__", "words.other_lists"), ("__../x__", "words.other_lists"), ("${v}", "words.no_variable"),
        ("__me__", "words.loops"), ("${v=${v}}${v}", "words.loops"), ("__grow__", "words.grows"), ("{" * 70 + "}" * 70, "words.too_deep"),
        ("__{" * 70 + "x" + "}__" * 70, "words.too_deep"), ("{" * 500_000, "words.too_deep"), ("x" * 2_000_001, "words.too_long"),
    ],
)  # fmt: skip
def test_what_cant_be_drawn_is_told(template, key, tmp_path):
    texts = {
        "me": "a __me__",
        "grow": "__g1____g1____g1__",
        "g1": "__g2____g2____g2__",
        "g2": "__g3____g3____g3__",
        "g3": "{" + "y" * 9000 + "|}__g2__",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    lists = read_files(
        {f"{name}.txt": tmp_path / f"{name}.txt" for name in texts if name != "g3"} | {"g3.txt": tmp_path / "g3.txt"}
    )
    for each in (
        lambda: draw(template, seed=1, count=3, lists=lists),
        lambda: list(combinations(template, lists=lists)),
    ):
        with pytest.raises((BadInput, LimitReached)) as caught:
            each()
        assert caught.value.key == key or (key == "words.grows" and caught.value.key == "words.loops")
        assert "{" not in caught.value.text("ru").replace(template[:40], "").replace("${", "")


def test_signs_that_begin_nothing_are_themselves():
    for text in ("100% wool for $5", "a __ b", "snake__case", "|}", "$", "__", "____"):
        assert draw(text, seed=1) == [text]
    assert draw("{2$$$$a|a}", seed=1) == ["aa"]


def test_thousands_of_options_and_parts():
    many = "{" + "|".join(f"o{number}" for number in range(20_000)) + "}"
    assert len(set(draw(many, seed=1, count=50))) == 50
    assert draw("{20000$$" + many[1:], seed=1)[0].count(",") == 19_999
    assert sum(1 for _ in combinations(many)) == 20_000
    long = "{a|b} " * 3000
    assert len(draw(long, seed=1)[0]) == 6000
    assert len(list(islice(combinations(long), 50))) == 50


def test_work_that_leads_to_nothing_ends():
    with pytest.raises(LimitReached):
        list(combinations("{12$$" + "|".join("a" * 14) + "}"))
