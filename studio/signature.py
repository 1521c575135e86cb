"""Functions with a real signature and a real docstring for each task, from its Request model.

Gradio reads them for its API and for MCP tools, so that a client sees every setting with its name, type, limits and
text.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from studio.calls import Caller
from studio.errors import StudioError
from studio.owners import owner_of
from studio.page_guard import Uploads
from studio.schema import Option, options
from studio.tasks import Task, tasks
from studio.texts import best_language
from studio.views import JobView

if TYPE_CHECKING:
    from studio.studio import Studio

Call = Callable[[Mapping[str, Any], Any], Awaitable[dict[str, Any]]]

REQUEST = "request"
WAIT = "wait_seconds"
DEFAULT_WAIT_S = 300.0
MEDIA_TEXT = "Id of a file in your library, a path from /gradio_api/upload, or a data: address in base64."
MEDIA_TEXTS = {
    "one": MEDIA_TEXT,
    "many": f"A list; each item: {MEDIA_TEXT}",
    "map": f"An object of name and list; each item of a list: {MEDIA_TEXT}",
}


@dataclass(frozen=True)
class NamedFunction:
    """A function for ``gr.api`` and its name there."""

    name: str
    fn: Callable[..., Awaitable[Any]]


def function_for(task: Task, call: Call, request_type: type) -> Callable[..., Awaitable[dict[str, Any]]]:
    """An async function with one parameter per setting of the task, ``wait_seconds``, and ``request: request_type``.

    ``call`` gets the values (``wait_seconds`` among them) and the request. Required media come first, so that a
    client may also pass them by position.
    """
    known = sorted(options(task.name).values(), key=lambda option: not option.field.required)
    parameters = [_parameter(option) for option in known]
    parameters.append(
        inspect.Parameter(WAIT, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=DEFAULT_WAIT_S, annotation=float)
    )
    parameters.append(
        inspect.Parameter(REQUEST, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=request_type)
    )
    signature = inspect.Signature(parameters, return_annotation=dict)

    async def function(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        values = dict(bound.arguments)
        request = values.pop(REQUEST, None)
        return await call(values, request)

    return _dressed(function, task.name, _docstring(task, known), signature)


def named_functions(
    studio: "Studio", uploads: Uploads, request_type: type, error_type: Callable[[str], Exception]
) -> list[NamedFunction]:
    """One function a task, and ``job`` and ``cancel_job`` to look after what takes long.

    What goes wrong is raised as ``error_type`` of the sentence in the caller's language.
    """
    caller = Caller(studio, uploads)

    async def answer(request: Any, work: Callable[[], Awaitable[JobView]]) -> dict[str, Any]:
        try:
            return (await work()).model_dump(mode="json")
        except StudioError as error:
            raise error_type(error.text(_language(request))) from error

    def task_call(task: str) -> Call:
        async def call(values: Mapping[str, Any], request: Any) -> dict[str, Any]:
            given = dict(values)
            wait_s = float(given.pop(WAIT, DEFAULT_WAIT_S))
            return await answer(request, lambda: caller.run(task, given, owner_of(request), wait_s, _language(request)))

        return call

    found = [
        NamedFunction(task.name, function_for(task, task_call(task.name), request_type)) for task in tasks().values()
    ]

    async def job(id: str, request: Any = None) -> dict[str, Any]:
        return await answer(request, lambda: run_in_threadpool(caller.look, id, owner_of(request), _language(request)))

    async def cancel_job(id: str, request: Any = None) -> dict[str, Any]:
        async def work() -> JobView:
            owner = owner_of(request)
            await run_in_threadpool(studio.cancel, id, owner)
            return await run_in_threadpool(caller.look, id, owner, _language(request))

        return await answer(request, work)

    look = "How a job stands, and its results once it is done.\n\nParameters:\n    id: Id of the job."
    stop = "Cancel a job.\n\nParameters:\n    id: Id of the job."
    return [
        *found,
        NamedFunction("job", _dressed(job, "job", look, _id_signature(request_type))),
        NamedFunction("cancel_job", _dressed(cancel_job, "cancel_job", stop, _id_signature(request_type))),
    ]


def _language(request: Any) -> str:
    return best_language(dict(request.headers.items()).get("accept-language", ""))


def _parameter(option: Option) -> inspect.Parameter:
    default = inspect.Parameter.empty if option.field.required else option.json_default
    return inspect.Parameter(
        option.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=option.annotation
    )


def _docstring(task: Task, known: list[Option]) -> str:
    lines = [f"    {option.name}: {_line(option)}" for option in known]
    lines.append(f"    {WAIT}: Seconds to wait for the job to end; after that ask for it with the function “job”.")
    return "\n".join(
        [
            task.request.__doc__ or task.name,
            "",
            "Parameters:",
            *lines,
            "",
            "Returns:",
            "    The job, with its outputs and their addresses.",
        ]
    )


def _line(option: Option) -> str:
    limits = ", ".join(part for part in (option.unit, option.bounds) if part)
    text = f"{option.description} ({limits})" if limits else option.description
    return f"{text} {MEDIA_TEXTS[option.field.shape]}" if option.field.media else text


def _id_signature(request_type: type) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature(
        [
            inspect.Parameter("id", kind, annotation=str),
            inspect.Parameter(REQUEST, kind, default=None, annotation=request_type),
        ],
        return_annotation=dict,
    )


def _dressed(function: Any, name: str, doc: str, signature: inspect.Signature) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    function.__signature__ = signature
    function.__annotations__ = {item.name: item.annotation for item in signature.parameters.values()} | {"return": dict}
    return function
