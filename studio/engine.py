"""Engines: one file each in ``engines/<task>/``, found by looking, chosen by rank, absent with a reason."""

import importlib
import importlib.util
import logging
import pkgutil
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from studio.errors import BadInput, Unavailable
from studio.tasks import Request, Result

if TYPE_CHECKING:
    from studio.run import Run

log = logging.getLogger(__name__)

PACKAGE = "engines"


@dataclass(frozen=True)
class Engine:
    """What an engine's file says of itself in ``ENGINE``.

    ``models`` are ids of model cards: all are needed, unless ``any_model`` says that one is enough. ``kind`` says that
    any card of the task will do as well whose capabilities state this kind. ``also`` are cards that are needed beside.
    ``needs`` are modules that must be importable, ``services`` names of servers that it asks. ``devices`` are the kinds of
    device that it runs on, best first.
    ``rank`` decides between available engines: higher is better. For the provenance, ``generative`` says that a trained
    model makes the picture, ``composite`` that it puts parts of several together, ``synthetic`` that it makes something anew by rules.
    """

    task: str
    name: str
    rank: int
    models: tuple[str, ...] = ()
    any_model: bool = False
    kind: str = ""
    also: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    devices: tuple[str, ...] = ("cpu",)
    generative: bool = False
    composite: bool = False
    synthetic: bool = False


@dataclass(frozen=True)
class Found:
    """An engine's file as found: its ENGINE and run, or the reason why it can't be used.

    ``warm``, where the file has it, does once what would otherwise make the first request wait, such as compiling;
    it is called in a process of its own. ``stand_by`` does what the first request of a process would wait for, in well under a second;
    it may be called any number of times.
    """

    engine: Engine
    run: Callable[[Any, "Run"], Result] | None
    broken: str = ""
    warm: Callable[[], None] | None = None
    stand_by: Callable[[], None] | None = None


@dataclass(frozen=True)
class Reason:
    """A sentence by key (``engine.<key>``) and values; an empty key says that nothing is in the way."""

    key: str = ""
    params: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return bool(self.key)


@dataclass(frozen=True)
class Choice:
    """The engine that will run, why it was chosen, and what would be better: (engine name, what it lacks)."""

    found: Found
    device: str
    why: Reason
    better: tuple[tuple[str, Reason], ...] = ()

    @property
    def engine(self) -> Engine:
        return self.found.engine


@dataclass(frozen=True)
class Means:
    """What an engine may count on here: installed model cards, those of a task and kind, devices such as ``cuda:0``, and
    servers by name.
    """

    installed: Callable[[str], bool]
    of_kind: Callable[[str, str], Sequence[Any]] = lambda task, kind: ()
    devices: Sequence[str] = ("cpu",)
    services: Container[str] = ()


@cache
def discover(task: str, package: str = PACKAGE) -> tuple[Found, ...]:
    """The engines of a task, best rank first. A file that can't be imported is listed as broken, and logged."""
    if importlib.util.find_spec(f"{package}.{task}") is None:
        return ()
    folder = importlib.import_module(f"{package}.{task}")
    found = [
        _load(f"{folder.__name__}.{entry.name}", task)
        for entry in pkgutil.iter_modules(folder.__path__)
        if not entry.name.startswith("_")
    ]
    return tuple(sorted(found, key=lambda item: (-item.engine.rank, item.engine.name)))


def part(name: str) -> ModuleType:
    """A parts module of the engines' room by its dotted name, such as ``media.probe``."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def lacking(found: Found, means: Means) -> Reason:
    """What keeps an engine from running here; false when nothing does."""
    engine = found.engine
    if found.broken:
        return Reason("broken", {"engine": engine.name, "reason": found.broken})
    for module in engine.needs:
        if importlib.util.find_spec(module) is None:
            return Reason("needs_module", {"engine": engine.name, "module": module})
    if _device(engine, means) is None:
        return Reason("needs_device", {"engine": engine.name, "device": " / ".join(engine.devices)})
    for service in engine.services:
        if service not in means.services:
            return Reason(f"needs_{service}", {"engine": engine.name})
    missing = [card for card in engine.models if not means.installed(card)]
    enough = engine.any_model and len(missing) < len(engine.models)
    if enough or (engine.kind and means.of_kind(engine.task, engine.kind)):
        missing = []
    if missing and engine.any_model:
        missing = [" / ".join(missing)]
    missing += [card for card in engine.also if not means.installed(card)]
    if missing:
        return Reason("needs_model", {"engine": engine.name, "model": ", ".join(missing)})
    return Reason()


def choose(task: str, request: Request, means: Means, package: str = PACKAGE) -> Choice:
    """The engine for a request: the one that it names, else the best that is available.

    Raises BadInput for a name that doesn't exist, Unavailable when the named engine, or every engine, can't run here.
    """
    known = discover(task, package)
    if wanted := request.wanted_engine():
        named = next((item for item in known if item.engine.name == wanted), None)
        if named is None:
            raise BadInput("engine.unknown", name=wanted, known=", ".join(item.engine.name for item in known))
        if lack := lacking(named, means):
            raise Unavailable(f"engine.{lack.key}", **(lack.params or {}))
        return Choice(named, _device(named.engine, means) or "cpu", Reason("named", {"engine": named.engine.name}))
    better: list[tuple[str, Reason]] = []
    for item in known:
        if lack := lacking(item, means):
            better.append((item.engine.name, lack))
        else:
            why = Reason("best" if not better else "best_available", {"engine": item.engine.name})
            return Choice(item, _device(item.engine, means) or "cpu", why, tuple(better))
    raise Unavailable("engine.none", task=task)


def _device(engine: Engine, means: Means) -> str | None:
    for kind in engine.devices:
        for device in means.devices:
            if device.split(":")[0] == kind:
                return device
    return None


def _load(name: str, task: str) -> Found:
    short = name.rsplit(".", 1)[-1]
    try:
        module = importlib.import_module(name)
        engine, run = module.ENGINE, module.run
    except Exception as error:  # a third party's file may fail in any way, and must not take the studio with it
        log.warning("engine %s is left out: %s", name, error, exc_info=True)
        return Found(Engine(task, short, rank=0), None, f"{type(error).__name__}: {error}")
    if not isinstance(engine, Engine) or engine.task != task or engine.name != short or not callable(run):
        return Found(Engine(task, short, rank=0), None, "ENGINE doesn't name this file's task and engine")
    return Found(engine, run, warm=getattr(module, "warm", None), stand_by=getattr(module, "stand_by", None))
