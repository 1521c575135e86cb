"""Looks over the machine and says, of each thing that matters, whether it is well and how to mend it."""

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from studio.cards import Cards
from studio.engine import Means, Reason, discover, lacking
from studio.machine import devices
from studio.paths import ROOT
from studio.settings import GB, Settings
from studio.tasks import tasks
from studio.texts import text

State = Literal["ok", "note", "fault"]

NEEDED_CODECS = {"libx264": "H.264", "aac": "AAC", "png": "PNG", "gif": "GIF"}
USEFUL_CODECS = {"libx265": "HEVC", "libsvtav1": "AV1", "libvpx-vp9": "WebM", "prores_ks": "ProRes", "libopus": "Opus"}
LEAST_DISK_GB = 1.0
GOOD_DISK_GB = 10.0
REQUIREMENTS = ("requirements.txt", "requirements-web.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)")
LABEL_FONTS = (
    "NotoSansCJK",
    "SourceHanSans",
    "NotoSansSC",
    "msyh",
    "PingFang",
    "wqy",
    "simhei",
    "DroidSansFallback",
    "STHeiti",
)
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, the sentence for it (``doctor.<key>``), and the fix where there is one to make."""

    check: str
    state: State
    key: str
    params: dict[str, Any] = field(default_factory=dict)
    fix: str = ""

    def words(self, lang: str) -> str:
        reason = self.params.get("reason")
        if isinstance(reason, Reason):
            words = (
                text(f"engine.{reason.key}", lang, **(reason.params or {})) if reason else text("doctor.can_run", lang)
            )
            return text(f"doctor.{self.key}", lang, **{**self.params, "reason": words})
        return text(f"doctor.{self.key}", lang, **self.params)

    def remedy(self, lang: str) -> str:
        return text(f"doctor.fix.{self.fix}", lang, **self.params) if self.fix else ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, each as soon as it is known."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _libraries,
        _codecs,
        _graphics,
        _folder,
        _disk,
        _port,
        _fonts,
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
    """Package → version, from the requirement files."""
    lines = [
        line for name in REQUIREMENTS if (ROOT / name).is_file() for line in (ROOT / name).read_text().splitlines()
    ]
    return {match[1]: match[2] for line in lines if (match := PIN.match(line.strip()))}


def _libraries(settings: Settings) -> Iterator[Finding]:
    """Packages that need libraries of the system, imported for real."""
    for name in ("cv2", "av", "numba", "onnxruntime", "mediapipe"):
        try:
            importlib.import_module(name)
        except ImportError as problem:
            reason = str(problem).splitlines()[0]
            yield Finding(
                "libraries",
                "fault",
                "library",
                {"name": name, "reason": reason},
                "apt" if ".so" in reason else "reinstall",
            )
        else:
            yield Finding("libraries", "ok", "library_ok", {"name": name})


def _codecs(settings: Settings) -> Iterator[Finding]:
    try:
        from av import Codec
        from av.codec.codec import UnknownCodecError
    except ImportError:
        return
    good = []
    for name, label in {**NEEDED_CODECS, **USEFUL_CODECS}.items():
        try:
            Codec(name, "w")
            good.append(label)
        except UnknownCodecError:
            state: State = "fault" if name in NEEDED_CODECS else "note"
            yield Finding("codecs", state, "codec", {"name": name, "label": label}, "codec")
    yield Finding("codecs", "ok", "codecs", {"names": ", ".join(good)})


def _graphics(settings: Settings) -> Iterator[Finding]:
    card = Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi") is not None
    try:
        import torch

        if torch.cuda.is_available():
            for index in range(torch.cuda.device_count()):
                probe = torch.ones(8, device=f"cuda:{index}")
                memory = torch.cuda.get_device_properties(index).total_memory / GB
                well = float((probe + probe).sum()) == 16.0
                params = {"name": torch.cuda.get_device_name(index), "device": f"cuda:{index}", "gb": f"{memory:.0f}"}
                yield Finding("graphics", "ok" if well else "fault", "gpu", params, "" if well else "driver")
            return
    except (ImportError, RuntimeError) as problem:
        yield Finding(
            "graphics", "fault", "torch", {"reason": str(problem).splitlines()[0]}, "driver" if card else "reinstall"
        )
        return
    yield Finding("graphics", "fault", "gpu_unusable", {}, "driver") if card else Finding("graphics", "ok", "no_gpu")


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
        except OSError:
            yield Finding("port", "note", "port_taken", params, "port")
            return
    yield Finding("port", "ok", "port", params)


def _fonts(settings: Settings) -> Iterator[Finding]:
    """A font with Chinese characters, for labels that are written into pictures."""
    files = (file for folder in FONT_FOLDERS for file in Path(folder).rglob("*.*t*"))
    font = next(
        (file for file in files if file.name.lower().startswith(tuple(name.lower() for name in LABEL_FONTS))), None
    )
    yield (
        Finding("fonts", "ok", "font", {"name": font.name}) if font else Finding("fonts", "note", "no_font", {}, "font")
    )


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
    means = Means(cards.installed, cards.of_kind, [*devices(settings.device), "cpu"])
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
