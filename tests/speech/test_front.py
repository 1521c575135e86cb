"""The front end: languages by run, sentences, the lexicon, SSML, dialogues, odd texts, and the way back to the source."""

import tracemalloc

import pytest

from engines.speech.dialogue import cast
from engines.speech.front import Front, Reading
from engines.speech.lexicon import Lexicon
from engines.speech.segment import Segment
from engines.speech.sentences import LONGEST, sentences
from studio.errors import BadInput


def segments(text: str, **reading: object) -> list[Segment]:
    return list(Front(text, Reading(**reading)).segments())  # type: ignore[arg-type]


def spoken(text: str, **reading: object) -> list[tuple[str, str]]:
    return [(segment.language, segment.text) for segment in segments(text, **reading)]


def parts(text: str) -> list[str]:
    return [text[found.start : found.end] for found in sentences(text)]


def test_sentences_end_where_they_do_in_three_scripts() -> None:
    assert parts("Dr. Smith left. He was 3.14 m tall, e.g. very. J. R. R. Tolkien wrote.") == [
        "Dr. Smith left.",
        "He was 3.14 m tall, e.g. very.",
        "J. R. R. Tolkien wrote.",
    ]
    assert parts("Он жил в г. Москва, и т. д. Был 2024 г. Шёл дождь. А. С. Пушкин писал.") == [
        "Он жил в г. Москва, и т. д.",
        "Был 2024 г.",
        "Шёл дождь.",
        "А. С. Пушкин писал.",
    ]
    assert parts("你好。我叫小明！你呢？“好的。”他说。") == ["你好。", "我叫小明！", "你呢？", "“好的。”", "他说。"]
    assert parts('He said "Go!" and left. "Stop." Really?! Yes... no.') == [
        'He said "Go!" and left.',
        '"Stop."',
        "Really?!",
        "Yes... no.",
    ]
    assert parts("A line that\ngoes on.\n\nA heading\nAnd text") == ["A line that\ngoes on.", "A heading", "And text"]


def test_a_sentence_without_end_is_parted() -> None:
    for text in ("word " * 2000, "字" * 4000, "слово, " * 1000, "x" * 3000):
        found = list(sentences(text))
        assert max(part.end - part.start for part in found) <= LONGEST
        assert "".join(text[part.start : part.end] for part in found).replace(" ", "") == text.replace(" ", "")


def test_each_run_is_in_its_language_and_figures_go_with_their_neighbours() -> None:
    assert spoken("Hello. 我有3个apple。 Привет, iPhone 15 стоит $999!") == [
        ("en", "Hello."),
        ("zh", "我有三个,"),
        ("en", "apple。"),
        ("ru", "Привет,"),
        ("en", "iPhone,"),
        ("ru", "пятнадцать стоит девятьсот девяносто девять долларов!"),
    ]
    assert spoken("I really like my GPT-4 和2个苹果") == [("en", "I really like my GPT four,"), ("zh", "和两个苹果")]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Das ist nicht gut für mich und die anderen.", "de"),
        ("C'est la vie dans le monde, pas pour nous.", "fr"),
        ("Hola, ¿qué tal? Esto es para ti.", "es"),
        ("Привіт, як справи, це є добре", "uk"),
        ("これはペンです。漢字も。", "ja"),
        ("안녕하세요", "ko"),
        ("مرحبا بالعالم", "ar"),
        ("שלום עולם", "he"),
        ("Γειά σου κόσμε", "el"),
        ("नमस्ते दुनिया", "hi"),
        ("Good morning to all of you", "en"),
    ],
)
def test_languages_are_found(text: str, language: str) -> None:
    assert {segment.language for segment in segments(text)} == {language}


def test_the_language_that_was_asked_for_holds_for_its_script() -> None:
    assert spoken("Taxi 5, такси, 车", language="de")[0][0] == "de"
    assert spoken("colour 3/4/2024", language="en-GB") == [("en-GB", "colour April third, twenty twenty-four")]


def test_words_lead_back_to_the_source() -> None:
    text = "It cost $5.20, he said."
    (segment,) = segments(text)
    place = segment.text.index("dollars")
    assert text[slice(*segment.source(place, place + 7))] == "$5.20"
    place = segment.text.index("said")
    assert text[slice(*segment.source(place, place + 4))] == "said"
    assert text[segment.start : segment.end] == text


def test_the_lexicon_takes_the_longest_whole_word_of_its_language() -> None:
    lexicon = Lexicon.parse(
        '# mine\nSQL = sequel\nuse SQL = utilise sequel\n"US" = you ess\nru: кот = кит\nlive = /lɪv/'
    )
    assert spoken("Use SQL in the US, not us, MySQLi.", lexicon=lexicon) == [
        ("en", "utilise sequel in the you ess, not us, MySQLi.")
    ]
    assert spoken("кот, который", lexicon=lexicon) == [("ru", "кит, который")]
    assert [segment.phonemes for segment in segments("I live here", lexicon=lexicon)] == [None, "lɪv", None]
    with pytest.raises(BadInput) as told:
        Lexicon.parse("one = two\nnonsense")
    assert "2" in str(told.value)


def test_ssml_is_read() -> None:
    text = (
        "<speak>Hello <break time='1s'/><prosody rate='fast' pitch='+2st' volume='-6dB'>quick</prosody> fox. "
        "<say-as interpret-as='characters'>ABC</say-as> <say-as interpret-as='ordinal'>21</say-as> "
        "<lang xml:lang='fr'>bonjour</lang> <voice name='mark'>deep</voice> "
        "<phoneme ph='təˈmeɪtoʊ'>tomato</phoneme> <sub alias='World Wide Web'>WWW</sub> &amp; <b>more</b></speak>"
    )
    front = Front(text, Reading())
    found = list(front.segments())
    assert [segment.text for segment in found] == [
        "Hello", "quick", "fox.", "A B C", "twenty-first", "bonjour", "deep", "tomato", "World Wide Web", "and", "more",
    ]  # fmt: skip
    assert found[0].pause_ms == 1000
    quick = found[1]
    assert (quick.rate, round(quick.pitch, 3), round(quick.volume, 2)) == (1.3, 1.122, 0.5)
    assert found[5].language == "fr"
    assert found[6].voice == "mark"
    assert found[7].phonemes == "təˈmeɪtoʊ"
    assert text[found[8].start : found[8].end] == "WWW"
    assert front.unknown == {"b"}


@pytest.mark.parametrize(
    "text",
    [
        "<speak",
        "<speak>",
        "<speak><p>a</speak>",
        "<speak>a < b & c</s></p>",
        "<speak>]]> a <x",
        "<speak>&#0;a&#x110000;</speak>",
    ],
)
def test_broken_ssml_is_read_sensibly_or_told(text: str) -> None:
    try:
        found = segments(text)
    except BadInput as told:
        assert str(told)
    else:
        assert any(segment.text for segment in found)


def test_bombs_are_refused() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><speak>&b;</speak>'
    for text in (bomb.replace('<?xml version="1.0"?>', "<speak>"), "<speak>" + "<prosody rate='fast'>" * 5000 + "a"):
        with pytest.raises(BadInput):
            segments(text)


def test_a_dialogue_gives_each_name_its_voice() -> None:
    text = "The hall.\nAnna: Good morning!\nBoris: Hm: no.\nAnna: Why?\nhttp://a.com stays."
    assert [segment.voice for segment in segments(text, cast={}, players=("nora", "mark"))][:4] == [
        "",
        "nora",
        "mark",
        "nora",
    ]
    named = segments(text, cast=cast("Boris=robot"), voice="vera")
    assert next((segment.voice, segment.text) for segment in named if segment.voice == "robot") == ("robot", "Hm: no.")
    assert named[0].voice == "vera"
    with pytest.raises(BadInput):
        cast("Anna nora")


@pytest.mark.parametrize(
    "text", ["", " \n\t", "...", "\u200b\u200d\ufeff", "\x00\x07\x1b", "、。！", "<speak></speak>", "***"]
)
def test_nothing_to_say_is_told(text: str) -> None:
    with pytest.raises(BadInput) as told:
        segments(text)
    assert told.value.key == "speech.nothing_to_say"


def test_odd_signs_do_no_harm() -> None:
    assert spoken("a\x00b\u200bc\u202ed") == [("en", "a bcd")]
    assert spoken("\ud800 lone")[0][1] == "lone"
    assert spoken("ＨＥＬＬＯ　１２") == [("en", "HELLO twelve")]
    assert len(segments("🎉" * 3000)) == 3000 // LONGEST
    assert segments("é" + "\u0301" * 5000)


def test_a_long_text_takes_little_memory() -> None:
    text = (
        "The quick brown fox jumps over the lazy dog, and then it goes home and sleeps until the morning of 3 May. "
        * 190
    )
    assert len(text) > 20_000
    tracemalloc.start()
    count, words = 0, 0
    for segment in Front(text, Reading()).segments():
        count += 1
        words += len(segment.text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 190
    assert words > len(text)
    assert peak < 2_000_000


def test_a_million_letters_are_read() -> None:
    text = ("Слово за словом, и так до конца. " * 31_000)[:1_000_000]
    front = Front(text, Reading()).segments()
    assert [next(front).text for _ in range(3)] == ["Слово за словом, и так до конца."] * 3
