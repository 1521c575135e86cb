"""The lexicon: words of one stem are found by one another, whichever was looked up first."""

from collections import defaultdict

from engines.words.parse import Lexicon
from engines.words.tags import LANGUAGES, library
from engines.words.tokens import beginning, tokens_of


def words():
    names = (name for tag in library().tags for lang in LANGUAGES for name in (tag.names[lang], *tag.aliases[lang]))
    return {(token.text.casefold(), token.stem, token.lang) for name in names for token in tokens_of(name)}


def test_words_of_one_stem_stand_together():
    beginnings = defaultdict(set)
    for word, stem, lang in words():
        beginnings[stem, lang].add(beginning(word))
    assert [stem for stem, found in beginnings.items() if len(found) > 1] == []


def test_forms_of_names_are_found_by_a_lexicon_that_has_seen_nothing_yet():
    for phrase, name in (
        ("пня", None),
        ("длинных мечей", "knightly longsword"),
        ("twin braid", "twin braids"),
        ("золотыми коронами", "golden crown"),
        ("双马尾", "twin ponytails"),
        ("", None),
    ):
        tag = Lexicon(library()).tag(phrase)
        assert (tag.english if tag else None) == name
