"""Several files of the library as one ZIP."""

import json
import secrets
import zipfile
from collections.abc import Sequence
from pathlib import Path

from studio.asset import Asset
from studio.provenance import holds

PART = ".part"


def pack(found: Sequence[Asset], folder: Path) -> Path:
    """A new ZIP in ``folder``. Equal names are numbered; a file that can't hold its provenance gets a ``.json`` beside
    it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{secrets.token_hex(8)}.zip"
    beside = target.with_suffix(PART)
    used: set[str] = set()
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
            for asset in found:
                name = _free(asset.name, used)
                archive.write(asset.path, name)
                if asset.role != "input" and not holds(asset.path):
                    facts = {
                        "task": asset.task,
                        "engine": asset.engine,
                        "models": asset.models,
                        "seed": asset.seed,
                        "request": asset.request,
                    }
                    archive.writestr(_free(f"{name}.json", used), json.dumps(facts, ensure_ascii=False, indent=1))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def _free(name: str, used: set[str]) -> str:
    """``name``, numbered until no other file has it, however a system writes its letters."""
    path, number, free = Path(name), 1, name
    while free.casefold() in used:
        number += 1
        free = f"{path.stem} ({number}){path.suffix}"
    used.add(free.casefold())
    return free
