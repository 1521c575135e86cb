"""``warm``: what engines compile on first use is compiled now, and kept on the disk."""

import argparse

from studio.engine import discover
from studio.tasks import tasks
from studio.terminal import say
from studio.texts import text


def run(args: argparse.Namespace) -> int:
    for task in tasks():
        for found in discover(task):
            if found.warm is not None:
                say(text("cli.warming", args.language, engine=found.engine.name, task=task))
                found.warm()
    return 0
