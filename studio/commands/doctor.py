"""``doctor``: what is wrong with this machine, and the fix."""

import argparse
import json
import sys

from studio.doctor import examine
from studio.finding import Finding
from studio.settings import Settings
from studio.terminal import complain, say
from studio.texts import text

MARKS = {"ok": "✓", "note": "·", "fault": "✗"}
COLOURS = {"ok": "32", "note": "33", "fault": "31"}


def run(args: argparse.Namespace) -> int:
    """Print every finding. Returns 1 where there is a real fault."""
    lang = args.language
    found = []
    for finding in examine(Settings()):
        found.append(finding)
        if not args.json:
            _show(finding, lang)
    faults = [finding for finding in found if finding.state == "fault"]
    if args.json:
        rows = [
            {
                "check": item.check,
                "state": item.state,
                "key": item.key,
                "message": item.words(lang),
                "fix": item.remedy(lang) or None,
            }
            for item in found
        ]
        say(json.dumps({"ok": not faults, "findings": rows}, ensure_ascii=False, indent=1))
    elif faults:
        complain(text("doctor.faults", lang, count=len(faults)))
    else:
        say(text("doctor.well", lang))
    return 1 if faults else 0


def _show(finding: Finding, lang: str) -> None:
    mark = MARKS[finding.state]
    if sys.stdout.isatty():
        mark = f"\x1b[{COLOURS[finding.state]}m{mark}\x1b[0m"
    say(f"{mark} {finding.words(lang)}")
    if remedy := finding.remedy(lang):
        say(f"    {remedy}")
