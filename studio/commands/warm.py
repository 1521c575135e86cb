"""``warm``: what engines compile on first use is compiled now, and kept on the disk."""

import argparse

from studio.engine import Found
from studio.settings import Settings
from studio.terminal import say
from studio.texts import text
from studio.warmup import warm


def run(args: argparse.Namespace) -> int:
    def told(found: Found) -> None:
        say(text("cli.warming", args.language, engine=found.engine.name, task=found.engine.task))

    warm(Settings(), told=told)
    return 0
