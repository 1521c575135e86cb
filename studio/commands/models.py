"""``models list|download|import|delete``: model cards and their files."""

import argparse
import json
import sys
import time
from pathlib import Path

from studio.card import Card
from studio.cards import Cards
from studio.downloads import ACTIVE, Download, Downloads
from studio.errors import BadInput, StudioError
from studio.hubs import Hubs
from studio.owners import LOCAL
from studio.settings import Settings
from studio.terminal import complain, duration, say, size, table
from studio.texts import text

LOOK_EVERY_S = 0.5


def run(args: argparse.Namespace) -> int:
    settings = Settings()
    cards = Cards(settings)
    if args.action == "list":
        return _list(cards, args)
    card = cards.get(args.model)
    if args.action == "download":
        return _download(cards, Downloads(cards, Hubs.of(settings)), card, args)
    if args.action == "import":
        file = Path(args.file)
        if not file.is_file():
            raise BadInput("cli.no_file", file=args.file)
        say(text("cli.imported", args.language, file=cards.import_file(card.id, file), model=card.id))
    else:
        cards.remove(card.id)
        say(text("cli.deleted", args.language, model=card.id))
    return 0


def _list(cards: Cards, args: argparse.Namespace) -> int:
    lang = args.language
    if args.json:
        rows = [
            {
                "id": card.id,
                "task": card.task,
                "title": card.title.text(lang),
                "licence": card.licence,
                "commercial": card.commercial,
                "bytes": card.bytes,
                "state": cards.state(card.id),
                "by_hand": card.by_hand,
            }
            for card in cards.all()
        ]
        say(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    say(
        table(
            [
                (
                    card.id,
                    card.task,
                    text(f"cli.state.{cards.state(card.id)}", lang),
                    size(card.bytes) if card.bytes else "?",
                    card.licence if card.commercial else text("cli.non_commercial", lang, licence=card.licence),
                    card.title.text(lang),
                )
                for card in cards.all()
            ]
        )
    )
    return 0


def _download(cards: Cards, downloads: Downloads, card: Card, args: argparse.Namespace) -> int:
    """Download until it is whole; what has come stays when it is interrupted."""
    if args.accept_licence:
        cards.accept(card.id, LOCAL)
    try:
        look = downloads.start(card.id, LOCAL)
        while look.state in ACTIVE:
            _progress(look, args.language)
            time.sleep(LOOK_EVERY_S)
            look = downloads.get(card.id) or look
    finally:
        downloads.close()
    if sys.stderr.isatty():
        complain("")
    if look.error:
        key, params = look.error
        raise StudioError(key, **params)
    for name, sha256 in look.pinned.items():
        say(f"{name}  sha256 {sha256}")
    say(text(f"cli.state.{cards.state(card.id)}", args.language))
    return 0


def _progress(look: Download, lang: str) -> None:
    if not sys.stderr.isatty():
        return
    total = f" / {size(look.total_bytes)}" if look.total_bytes else ""
    left = text("cli.left", lang, time=duration(look.eta_s)) if look.eta_s is not None else ""
    sys.stderr.write(f"\r{look.file}  {size(look.done_bytes)}{total}  {size(look.bytes_per_s)}/s  {left}\x1b[K")
    sys.stderr.flush()
