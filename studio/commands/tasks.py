"""``tasks``: what can be asked for."""

import argparse
import json

from studio.cli import task_text
from studio.engine import discover
from studio.presets import presets
from studio.schema import json_schema
from studio.tasks import tasks
from studio.terminal import say, table


def run(args: argparse.Namespace) -> int:
    """Print the tasks, with ``--json`` their settings too."""
    if args.json:
        rows = [
            {
                "name": task.name,
                "summary": task_text(task, args.language),
                "accepts": task.accepts,
                "produces": task.produces,
                "engines": [found.engine.name for found in discover(task.name)],
                "presets": list(presets(task.name)),
                "request_schema": json_schema(task.name),
            }
            for task in tasks().values()
        ]
        say(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        say(table([(task.name, task_text(task, args.language)) for task in tasks().values()]))
    return 0
