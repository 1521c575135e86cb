"""``tags``: what is in the tag library, and the library as word lists for other programs."""

import argparse
import json
from pathlib import Path

from studio.engine import part
from studio.terminal import say, table
from studio.texts import text

PLACES = {"wildcards": "atelier-wildcards.zip", "yaml": "atelier-wildcards.yaml"}


def run(args: argparse.Namespace) -> int:
    """Print the categories and styles, or with ``--export`` write the lists and print their files."""
    export = part("words.export")
    if args.export or args.output:
        lists = export.lists_of(args.category, [Path(file).expanduser() for file in args.lists])
        form = args.export or "wildcards"
        files = export.write(lists, Path(args.output or PLACES[form]).expanduser(), form)
        counts = {name: len(entries) for name, entries in lists.items()}
        if args.json:
            say(json.dumps({"files": list(map(str, files)), "lists": counts}, ensure_ascii=False, indent=1))
        else:
            for file in files:
                say(str(file))
        return 0
    found = export.overview(args.language)
    if args.json:
        say(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    say(table([(row["name"], str(row["tags"]), row["title"]) for row in found["categories"]]))
    say()
    say(table([(row["name"], row["title"]) for row in found["styles"]]))
    say(text("cli.tags.sum", args.language, tags=found["tags"], styles=len(found["styles"])))
    return 0
