"""How fast prompts are made without a model: ``python -m tests.bench.bench_prompt``.

Prints sheets a second from the library, ideas read a second, what the first use of the library and the lexicon costs (CPU time of a
fresh process), and texts drawn a second from one template beside the ``dynamicprompts`` package on the same word list, in turns.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from dynamicprompts.generators import RandomPromptGenerator
from dynamicprompts.wildcards import WildcardManager

from engines.prompt.composer import run as compose
from engines.words.draw import Wish, draw
from engines.words.dynamic_draw import draw as drawn
from engines.words.parse import lexicon
from engines.words.tags import library
from engines.words.wildcards import read_files
from studio.run import Run
from studio.tasks.prompt import PromptRequest
from tests.bench.timing import rates

SHEETS = 100
TEXTS = 200
REPEATS = 5
IDEA = "старый рыцарь в красном плаще с длинным мечом, без шлема"
TEMPLATES = {
    "choices": "a {3::red|blue|green} {coat|cloak}, {2$$ and $$rain|snow|fog|wind}",
    "nested choices": "{a {big|small {red|blue {old|new}}} house|a {tall|low} tower} {at {dawn|dusk}|}",
    "word lists": "a __colour__ coat, __colour__ boots and {2$$__colour__}",
}
FIRST = """
import time
begin = time.process_time()
from engines.words.tags import library
own = library(); own.apart
tags = time.process_time()
from engines.words.parse import lexicon
words = lexicon(own)
built = time.process_time()
words.parse({idea!r})
print(tags - begin, built - tags, time.process_time() - built)
"""


def draws() -> int:
    return len(draw(library(), Wish(spread=0.5), 7, SHEETS))


def reads() -> int:
    words = lexicon(library())
    return len([words.parse(IDEA) for _ in range(SHEETS)])


def sheets(folder: Path) -> int:
    run = Run.local(folder / "work", folder / "out", seed=7)
    return len(compose(PromptRequest(idea=IDEA, count=SHEETS), run).prompts)


def first_use() -> list[float]:
    """CPU seconds of a fresh process for the library, the lexicon, and the first idea; each the least of several."""
    found = [
        subprocess.run(
            [sys.executable, "-c", FIRST.format(idea=IDEA)], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(3)
    ]
    return [min(times) for times in zip(*(map(float, each.split()) for each in found), strict=True)]


def told(what: str, rate: float, unit: str) -> None:
    sys.stdout.write(f"{what:34} {rate:10.1f} {unit}\n")


def measure(folder: Path) -> None:
    (folder / "colour.txt").write_text("".join(f"colour{number}\n" for number in range(200)), encoding="utf-8")
    lists, manager = read_files({"colour.txt": folder / "colour.txt"}), WildcardManager(folder)
    for what, rate in zip(
        ("draws", "ideas read", "sheets from an idea"),
        rates([draws, reads, lambda: sheets(folder)], REPEATS),
        strict=True,
    ):
        told(what, rate, "a second")
    for what, seconds in zip(("the library", "the lexicon", "the first idea"), first_use(), strict=True):
        told(f"first use: {what}", 1000 * seconds, "ms of CPU")
    for what, template in TEMPLATES.items():
        theirs = RandomPromptGenerator(manager, seed=7)
        ours, others = rates(
            [
                lambda template=template: len(drawn(template, seed=7, count=TEXTS, lists=lists)),
                lambda template=template, theirs=theirs: len(theirs.generate(template, TEXTS)),
            ],
            REPEATS,
        )
        told(what, ours, f"a second, {ours / others:.1f} times dynamicprompts ({others:.0f})")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


if __name__ == "__main__":
    main()
