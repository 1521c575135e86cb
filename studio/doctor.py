"""Looks over the machine and says, of each thing that matters, whether it is well and how to mend it."""

import errno
import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import socket
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from packaging.markers import Marker

from studio.cards import Cards
from studio.doctor_system import codecs, fonts, graphics, libraries
from studio.engine import Means, discover, lacking
from studio.finding import Finding, State
from studio.machine import devices
from studio.paths import ROOT
from studio.services import Services
from studio.settings import GB, Settings
from studio.tasks import tasks

LEAST_DISK_GB = 1.0
GOOD_DISK_GB = 10.0
REQUIREMENTS = ("requirements.txt", "requirements-web.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)(?:\s*;\s*([^#]+))?")


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, each as soon as it is known."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        libraries,
        codecs,
        graphics,
        _folder,
        _model_paths,
        _disk,
        _port,
        fonts,
        _cards,
        _engines,
    )
    for check in checks:
        yield from check(settings)


def _python(settings: Settings) -> Iterator[Finding]:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    low, high = (tuple(int(part) for part in bound.split(".")) for bound in re.findall(r"[\d.]+", wanted))
    fits = low <= sys.version_info[:2] < high
    params = {"version": platform.python_version(), "wanted": wanted}
    yield Finding("python", "ok" if fits else "fault", "python", params, "" if fits else "python")


def _packages(settings: Settings) -> Iterator[Finding]:
    well = 0
    for name, wanted in pins().items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding("packages", "fault", "package_missing", {"name": name, "wanted": wanted}, "package")
            continue
        if found.partition("+")[0] == wanted:
            well += 1
        else:
            yield Finding(
                "packages", "note", "package_other", {"name": name, "wanted": wanted, "found": found}, "package"
            )
    yield Finding("packages", "ok", "packages", {"count": well})


def pins() -> dict[str, str]:
    """Package → version for this Python, from the requirement files."""
    lines = [
        line for name in REQUIREMENTS if (ROOT / name).is_file() for line in (ROOT / name).read_text().splitlines()
    ]
    found = [match for line in lines if (match := PIN.match(line.strip()))]
    return {match[1]: match[2] for match in found if not match[3] or Marker(match[3]).evaluate()}


def _folder(settings: Settings) -> Iterator[Finding]:
    params = {"folder": str(settings.data_dir)}
    probe = settings.data_dir / f".doctor-{os.getpid()}"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as problem:
        yield Finding("folder", "fault", "folder_locked", {**params, "reason": problem.strerror or ""}, "folder")
        return
    yield Finding("folder", "ok", "folder", params)
    secret = settings.data_dir / "secret"
    if os.name == "posix" and secret.exists() and secret.stat().st_mode & 0o077:
        yield Finding("folder", "fault", "secret", {"file": str(secret)}, "secret")


def _model_paths(settings: Settings) -> Iterator[Finding]:
    for folder in settings.model_paths:
        well = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
        state: State = "ok" if well else "fault"
        yield Finding("models", state, f"model_path_{state}", {"folder": str(folder)}, "" if well else "model_path")


def _disk(settings: Settings) -> Iterator[Finding]:
    place = next((folder for folder in (settings.data_dir, *settings.data_dir.parents) if folder.exists()), Path.cwd())
    free = shutil.disk_usage(place).free / GB
    state: State = "fault" if free < LEAST_DISK_GB else "note" if free < GOOD_DISK_GB else "ok"
    yield Finding("disk", state, "disk", {"gb": f"{free:.1f}", "folder": str(place)}, "" if state == "ok" else "disk")


def _port(settings: Settings) -> Iterator[Finding]:
    params = {"host": settings.host, "port": settings.port}
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                yield Finding("port", "note", "port_taken", params, "port")
            else:
                yield Finding("port", "fault", "port_refused", {**params, "reason": problem.strerror or ""}, "address")
            return
    yield Finding("port", "ok", "port", params)


def _cards(settings: Settings) -> Iterator[Finding]:
    try:
        cards = Cards(settings)
    except (ValueError, OSError) as problem:
        yield Finding("models", "fault", "cards", {"reason": str(problem).splitlines()[0]}, "cards")
        return
    for card in cards.all():
        state = cards.state(card.id)
        params = {"id": card.id, "title": card.title.en, "state": state}
        bad = state == "changed"
        yield Finding(
            "models",
            "fault" if bad else "ok" if state == "installed" else "note",
            f"model_{state}",
            params,
            "model" if bad else "",
        )


def _engines(settings: Settings) -> Iterator[Finding]:
    try:
        cards = Cards(settings)
    except (ValueError, OSError):
        return
    means = Means(cards.installed, cards.of_kind, [*devices(settings.device), "cpu"], Services.of(settings).own)
    for task in tasks():
        able = 0
        for found in discover(task):
            lack = lacking(found, means)
            able += not lack
            state: State = "fault" if found.broken else "note" if lack else "ok"
            yield Finding(
                "engines",
                state,
                "engine",
                {"task": task, "name": found.engine.name, "reason": lack},
                "reinstall" if found.broken else "",
            )
        if not able:
            yield Finding("engines", "fault", "no_engine", {"task": task}, "reinstall")
