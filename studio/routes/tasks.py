"""GET /tasks, POST /tasks/{name}, presets: asking for work."""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from studio.answers import language
from studio.engine import discover
from studio.errors import BadInput, LimitReached
from studio.media import changed_media
from studio.multipart import Form, Upload, receive_form
from studio.owners import owner_of
from studio.presets import apply_preset, presets
from studio.routes.context import PREFIX, Context, errors, off_loop
from studio.routes.jobs import until_final
from studio.schema import asset_only, example, flat, json_schema, known_task, media_options, options
from studio.tasks import Task, tasks
from studio.views import JobView, job_model

JSON_BYTES = 1024 * 1024
LONGEST_WAIT_S = 600.0


class TaskView(BaseModel):
    """A task that can be asked for."""

    name: str
    summary: str
    accepts: list[str]
    produces: list[str]
    engines: list[str] = Field(
        description="Engines by name, best first; whether one can run here is said when it is asked."
    )
    presets: list[str]
    request_schema: dict[str, Any] = Field(description="JSON schema of the settings under their flat names.")
    example: dict[str, Any]


class PresetView(BaseModel):
    """Named values for a task's settings."""

    name: str
    title: str
    values: dict[str, Any]


Wait = Annotated[
    float, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the job to end before answering.")
]
PresetName = Annotated[str | None, Query(description="Preset whose values stand where you give none.")]


def router(context: Context) -> APIRouter:
    api = APIRouter(prefix="/tasks", tags=["tasks"])

    @api.get("", summary="The tasks, with their settings", responses=errors())
    async def list_tasks() -> list[TaskView]:
        return await off_loop(lambda: [task_view(task) for task in tasks().values()])

    @api.get("/{name}", summary="One task", responses=errors(404))
    async def get_task(name: str) -> TaskView:
        return await off_loop(lambda: task_view(known_task(name)))

    @api.get("/{name}/presets", summary="The presets of a task", responses=errors(404))
    async def list_presets(name: str, request: Request) -> list[PresetView]:
        lang = language(request)
        found = presets(known_task(name).name)
        return [
            PresetView(
                name=item.name, title=item.title.get(lang) or item.title.get("en", item.name), values=dict(item.values)
            )
            for item in found.values()
        ]

    for task in tasks().values():
        _add_submit(api, context, task)

    @api.post("/{name}", include_in_schema=False)
    async def no_task(name: str) -> None:
        known_task(name)

    return api


def task_view(task: Task) -> TaskView:
    return TaskView(
        name=task.name,
        summary=task.request.__doc__ or task.name,
        accepts=list(task.accepts),
        produces=list(task.produces),
        engines=[found.engine.name for found in discover(task.name)],
        presets=list(presets(task.name)),
        request_schema=json_schema(task.name),
        example=example(task.name),
    )


def _add_submit(api: APIRouter, context: Context, task: Task) -> None:
    api.add_api_route(
        f"/{task.name}",
        _submitter(context, task.name),
        methods=["POST"],
        status_code=202,
        summary=(task.request.__doc__ or task.name).split(":")[0],
        description=f"{task.request.__doc__}\n\nMedia are files in a form, or ids from "
        f"`POST {PREFIX}/assets`. A field of several media is repeated in a form; one of media by name comes there as "
        "`field.NAME`. Settings may also be nested or dotted (`ink.lines`). The answer is a job; ask for it again, or follow its events.",
        operation_id=f"submit_{task.name}",
        response_model=job_model(task.name),
        responses={
            200: {"model": job_model(task.name), "description": "The job has ended within `wait`."},
            **errors(400, 404, 409, 413, 429, 507),
        },
        openapi_extra={"requestBody": _body_schema(task.name)},
    )


def _submitter(context: Context, task: str) -> Callable[..., Coroutine[Any, Any, JobView]]:
    async def submit(request: Request, response: Response, wait: Wait = 0.0, preset: PresetName = None) -> JobView:
        owner = owner_of(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() in ("application/json", ""):
            values = flat(task, await read_json(request))
        else:
            async with receive_form(request, context.upload_folder, context.upload_bytes) as form:
                values = await off_loop(_from_form, context, task, form, owner)
        if preset:
            values = apply_preset(task, preset, values)
        asset_only(task, values)
        job = await off_loop(context.studio.submit, task, values, owner)
        view = await (until_final(context, request, job.id, wait) if wait else context.view(request, job))
        response.status_code = 200 if view.finished else 202
        response.headers["Location"] = f"{request.scope.get('root_path', '')}/jobs/{job.id}"
        return view

    return submit


def _from_form(context: Context, task: str, form: Form, owner: str) -> dict[str, Any]:
    """Settings from a form, its files put into the library. Nothing is added before every name has been checked."""

    def taken_in(_: str, medium: Any) -> Any:
        return context.studio.library.add(medium.path, owner, name=medium.name).id if _is_file(medium) else medium

    values = _gathered(task, form)
    for option in media_options(task):
        if option.name in values:
            values[option.name] = changed_media(option.field, values[option.name], taken_in)
    return values


def _gathered(task: str, form: Form) -> dict[str, Any]:
    """Settings from a form under their flat names, files as they came. A repeated name counts as the last one says, but
    adds a medium to a field of several.
    """
    values: dict[str, Any] = {}
    for part, content in form.parts:
        for name, value in flat(task, {part: content}).items():
            option = options(task)[name]
            if not option.field.media and _is_file(content):
                media = (item.name for item in media_options(task))
                raise BadInput("face.no_file_here", field=name, closest=", ".join(media))
            if option.field.shape != "one" and content == "":
                continue
            if option.field.shape == "one":
                values[name] = option.parse(value) if isinstance(value, str) else value
            elif option.field.shape == "many":
                values.setdefault(name, []).append(value)
            elif isinstance(value, dict):
                for own, medium in value.items():
                    values.setdefault(name, {}).setdefault(own, []).append(medium)
            else:
                raise BadInput("face.not_named", field=name)
    return values


def _is_file(content: Any) -> bool:
    return isinstance(content, Upload)


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object of a request; an empty body is an empty one. Raises BadInput, LimitReached."""
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > JSON_BYTES:
            raise LimitReached("rest.body", limit=JSON_BYTES // 1024)
    try:
        values = json.loads(body) if body else {}
    except (ValueError, RecursionError) as problem:
        raise BadInput("rest.json") from problem
    if not isinstance(values, dict):
        raise BadInput("rest.json")
    return values


def _body_schema(task: str) -> dict[str, Any]:
    plain = json_schema(task)
    form = {**plain, "properties": dict(plain["properties"])}
    file = {"type": "string", "format": "binary"}
    files = {"type": "array", "items": file}
    shapes: dict[str, dict[str, Any]] = {
        "one": file,
        "many": files,
        "map": {"type": "object", "additionalProperties": files},
    }
    for option in media_options(task):
        described = form["properties"][option.name]
        words = {"title": described["title"], "description": described.get("description", "")}
        own = {key: described[key] for key in ("x-media", "x-names") if key in described}
        form["properties"][option.name] = {**words, **shapes[option.field.shape], **own}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": plain, "example": example(task)},
            "multipart/form-data": {"schema": form},
        },
    }
