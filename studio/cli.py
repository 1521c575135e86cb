"""The command line: ``python -m studio <task> …`` with an option for every setting of the task, and verbs to look
after the studio.

Exit codes: 0 done, 1 failed, 2 bad usage, 130 cancelled.
"""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from studio import __version__
from studio.errors import StudioError
from studio.schema import Option, options
from studio.tasks import Task, tasks
from studio.terminal import complain, hush_native_code, system_language
from studio.texts import has_text, languages, text

DONE, FAILED, USAGE, CANCELLED = 0, 1, 2, 130
GIVEN = "given_"
TAKEN = frozenset({"output", "preset", "json", "quiet", "language", "verbose", "help", "version"})


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and where the help is. Options are never abbreviated: a new one must not
    change old calls.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        complain(f"{self.prog}: {message} (--help)")
        raise SystemExit(USAGE)


class _ByName(argparse.Action):
    """Gathers what is given as (name, file): name → files, in the order in which they came."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        name, file = values
        files = getattr(namespace, self.dest, {})
        setattr(namespace, self.dest, {**files, name: [*files.get(name, ()), file]})


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code."""
    lang = _language(arguments)
    args = build_parser(lang).parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s"
    )
    if args.command == "work" and not args.verbose:
        hush_native_code()
    command = importlib.import_module(f"studio.commands.{args.command}")
    try:
        code: int = command.run(args)
        return code
    except StudioError as error:
        complain(error.text(args.language))
        return USAGE if error.status < 500 and args.command == "work" else FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        return CANCELLED


def build_parser(lang: str = "en") -> Parser:
    """The parser with every task and verb."""
    parser = Parser(prog="python -m studio", description=text("cli.about", lang))
    parser.add_argument("--version", action="version", version=__version__)
    shared = _shared(lang)
    verbs = parser.add_subparsers(title=text("cli.verbs", lang), metavar="…", required=True, parser_class=Parser)
    groups: dict[str, Any] = {}
    for task in tasks().values():
        _add_task(_place(verbs, groups, task, shared, lang), task, shared, lang)
    _add_serve(verbs, shared, lang)
    _add_models(verbs, shared, lang)
    _add_jobs(verbs, shared, lang)
    _add_tags(verbs, shared, lang)
    _add_parts(verbs, shared, lang)
    warm = verbs.add_parser("warm", parents=[shared], help=text("cli.warm", lang))
    warm.set_defaults(command="warm")
    for name in ("doctor", "tasks"):
        verb = verbs.add_parser(name, parents=[shared], help=text(f"cli.{name}", lang))
        verb.add_argument("--json", action="store_true", help=text("cli.json", lang))
        verb.set_defaults(command=name)
    return parser


def given(args: argparse.Namespace) -> dict[str, Any]:
    """The task's settings that stand on the command line, under their flat names."""
    values = {name.removeprefix(GIVEN): value for name, value in vars(args).items() if name.startswith(GIVEN)}
    if query := getattr(args, "query", None):
        medium, words = tasks()[args.task].query or ("", "")
        values.setdefault(medium if Path(query).expanduser().is_file() else words, query)
    return values


def _language(arguments: Sequence[str]) -> str:
    """The language to build the help in, found before anything else is read."""
    finder = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    finder.add_argument("--language", choices=languages())
    try:
        found = finder.parse_known_args(arguments)[0].language
    except (argparse.ArgumentError, SystemExit):
        found = None
    return found or system_language()


def _shared(lang: str) -> Parser:
    shared = Parser(add_help=False)
    shared.add_argument("--language", choices=languages(), default=lang, help=text("cli.language", lang))
    shared.add_argument("--verbose", action="store_true", help=text("cli.verbose", lang))
    return shared


def _place(verbs: Any, groups: dict[str, Any], task: Task, shared: Parser, lang: str) -> Any:
    """Where a task's command belongs: among the verbs, or among those of its group."""
    group, _, own = task.verb.partition(" ")
    if not own:
        return verbs
    if group not in groups:
        verb = verbs.add_parser(group, parents=[shared], help=text(f"cli.group.{group}", lang))
        groups[group] = verb.add_subparsers(metavar="…", required=True, parser_class=Parser)
    return groups[group]


def _add_task(verbs: Any, task: Task, shared: Parser, lang: str) -> None:
    about = task_text(task, lang)
    name = task.verb.rpartition(" ")[2] or task.name.replace("_", "-")
    verb = verbs.add_parser(name, parents=[shared], help=_percent(about), description=_percent(about))
    verb.set_defaults(command="work", task=task.name)
    verb.add_argument("-o", "--output", metavar="FILE", help=text("cli.output", lang))
    verb.add_argument("--preset", metavar="NAME", help=text("cli.preset", lang))
    verb.add_argument("--json", action="store_true", help=text("cli.json", lang))
    verb.add_argument("--quiet", action="store_true", help=text("cli.quiet", lang))
    if task.rights:
        verb.add_argument("--confirm-rights", action="store_true", help=text("cli.confirm_rights", lang))
    if task.query:
        verb.add_argument("query", nargs="?", metavar="QUERY", help=text("cli.query", lang))
    for option in options(task.name).values():
        _add_option(verb, task.name, option, lang)


def task_text(task: Task, lang: str) -> str:
    """What a task does, in one sentence: the last line of what its card on the home screen says."""
    key = f"task.{task.name}.what"
    return text(key, lang).splitlines()[-1] if has_text(key, lang) else task.request.__doc__ or task.name


def _add_option(verb: argparse.ArgumentParser, task: str, option: Option, lang: str) -> None:
    settings: dict[str, Any] = {"help": _percent(_help(task, option, lang))}
    if option.field.media and option.field.required:
        count: dict[str, Any] = {"nargs": "+"} if option.field.shape == "many" else {}
        verb.add_argument(f"{GIVEN}{option.name}", metavar=option.name.upper(), **count, **settings)
        return
    if option.field.extra.get("positional"):
        verb.add_argument(
            f"{GIVEN}{option.name}", nargs="?", default=argparse.SUPPRESS, metavar=option.name.upper(), **settings
        )
        return
    name = f"{task}_{option.name}" if option.name in TAKEN else option.name
    flag = "--" + name.replace("_", "-")
    settings |= {"dest": f"{GIVEN}{option.name}", "default": argparse.SUPPRESS, "required": option.field.required}
    if option.field.shape == "many":
        verb.add_argument(flag, action="append", metavar="FILE", **settings)
        return
    if option.field.shape == "map":
        named = f"{option.field.extra['names'].upper()}=FILE"
        verb.add_argument(flag, action=_ByName, type=partial(_name_and_file, lang), metavar=named, **settings)
        return
    if option.kind is bool:
        verb.add_argument(flag, action=argparse.BooleanOptionalAction, **settings)
        return
    if option.choices:
        settings["choices"] = option.choices
    settings["metavar"] = (
        None if option.choices else "FILE" if option.field.media else option.unit or option.kind.__name__.upper()
    )
    verb.add_argument(flag, type=option.kind, **settings)


def _name_and_file(lang: str, words: str) -> tuple[str, str]:
    """``NAME=FILE`` in two; the name goes up to the first ``=``."""
    name, between, file = words.partition("=")
    if not (name and between and file):
        raise argparse.ArgumentTypeError(text("cli.named", lang, value=words))
    return name, file


def _help(task: str, option: Option, lang: str) -> str:
    key = f"field.{task}.{option.name}.help"
    words = [text(key, lang) if has_text(key, lang) else option.description]
    facts = [part for part in (option.unit, option.bounds) if part]
    if option.field.shape != "one":
        facts.append(text("cli.repeat", lang))
    elif not option.field.required and option.field.default is not None:
        default = option.field.default
        shown = (
            {True: text("cli.yes", lang), False: text("cli.no", lang)}[default]
            if isinstance(default, bool)
            else default
        )
        facts.append(text("cli.default", lang, value=shown))
    return " ".join([*words, *([f"({', '.join(facts)})"] if facts else [])])


def _percent(words: str) -> str:
    return words.replace("%", "%%")


def _add_serve(verbs: Any, shared: Parser, lang: str) -> None:
    verb = verbs.add_parser("serve", parents=[shared], help=text("cli.serve", lang))
    verb.set_defaults(command="serve")
    verb.add_argument("--host", help=text("cli.host", lang))
    verb.add_argument("--port", type=int, help=text("cli.port", lang))


def _add_models(verbs: Any, shared: Parser, lang: str) -> None:
    verb = verbs.add_parser("models", parents=[shared], help=text("cli.models", lang))
    verb.set_defaults(command="models", action="list", json=False)
    actions = verb.add_subparsers(metavar="…", parser_class=Parser)
    for name in ("list", "download", "import", "delete"):
        action = actions.add_parser(name, parents=[shared], help=text(f"cli.models.{name}", lang))
        action.set_defaults(action=name)
        if name == "list":
            action.add_argument("--json", action="store_true", help=text("cli.json", lang))
            continue
        action.add_argument("model", metavar="MODEL", help=text("cli.model", lang))
        if name == "import":
            action.add_argument("file", metavar="FILE", help=text("cli.model_file", lang))
        if name == "download":
            action.add_argument("--accept-licence", action="store_true", help=text("cli.accept", lang))


def _add_jobs(verbs: Any, shared: Parser, lang: str) -> None:
    verb = verbs.add_parser("jobs", parents=[shared], help=text("cli.jobs", lang))
    verb.set_defaults(command="jobs")
    verb.add_argument("--limit", type=int, default=20, help=text("cli.limit", lang))
    verb.add_argument("--json", action="store_true", help=text("cli.json", lang))


def _add_tags(verbs: Any, shared: Parser, lang: str) -> None:
    verb = verbs.add_parser("tags", parents=[shared], help=text("cli.tags", lang))
    verb.set_defaults(command="tags")
    verb.add_argument("--json", action="store_true", help=text("cli.json", lang))
    verb.add_argument("--export", choices=["wildcards", "yaml"], help=text("cli.tags.export", lang))
    verb.add_argument("-o", "--output", metavar="PLACE", help=text("cli.tags.output", lang))
    verb.add_argument("--category", action="append", default=[], metavar="NAME", help=text("cli.tags.category", lang))
    verb.add_argument("--lists", action="append", default=[], metavar="FILE", help=text("cli.tags.lists", lang))


def _add_parts(verbs: Any, shared: Parser, lang: str) -> None:
    verb = verbs.add_parser("parts", parents=[shared], help=text("cli.parts", lang))
    verb.set_defaults(command="parts")
    acts = verb.add_mutually_exclusive_group()
    acts.add_argument("--add", metavar="FILE", help=text("cli.parts.add", lang))
    acts.add_argument("--list", action="store_true", help=text("cli.parts.list", lang))
    acts.add_argument("--remove", metavar="ID", help=text("cli.parts.remove", lang))
    for name in ("region", "labels", "title", "licence"):
        verb.add_argument(f"--{name}", metavar=name.upper(), help=text(f"cli.parts.{name}", lang))
    verb.add_argument("--json", action="store_true", help=text("cli.json", lang))
