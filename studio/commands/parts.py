"""``parts``: an artist's own parts of figures."""

import argparse
import json
from pathlib import Path

from studio.errors import BadInput
from studio.owners import LOCAL
from studio.settings import Settings
from studio.terminal import say, table
from studio.texts import text


def run(args: argparse.Namespace) -> int:
    """Add a part, remove one, or print them all."""
    from studio.studio import Studio

    parts, lang = Studio(Settings()).parts, args.language
    if args.add:
        file = Path(args.add).expanduser()
        if not file.is_file():
            raise BadInput("cli.no_file", file=args.add)
        facts = {name: getattr(args, name) for name in ("region", "labels", "title", "licence")}
        found = [parts.add(file, LOCAL, **facts)]
    elif args.remove:
        named = (one.id for one in parts.list(LOCAL) if one.title == args.remove)
        parts.remove(next(named, args.remove), LOCAL)
        say(text("cli.parts.removed", lang))
        return 0
    else:
        found = [*parts.list(LOCAL)]
    if args.json:
        say(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False, indent=1))
    elif not found:
        say(text("cli.parts.none", lang))
    else:
        say(table([(one.id, one.region, one.title, ", ".join(one.labels), one.licence) for one in found]))
    return 0
