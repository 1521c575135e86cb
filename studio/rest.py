"""The REST face: everything that the studio can do, under ``/api/v1``, described by ``/api/v1/openapi.json``.

``web_parts`` gives what a web app is made of, so that the same routes and guards stand in front of the page wherever
it is served.
"""

import logging
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from studio.answers import answer_crash, answer_error, answer_http, answer_invalid
from studio.errors import StudioError
from studio.files import file_routes
from studio.guard import Guard
from studio.owners import Owners, is_admin, owner_of
from studio.page_guard import PageGuard, Uploads
from studio.routes import assets, jobs, lexicon, models, openai, parts, rights, search
from studio.routes import tasks as task_routes
from studio.routes.context import PREFIX, Context, errors, off_loop

if TYPE_CHECKING:
    from studio.studio import Studio

log = logging.getLogger(__name__)

DESCRIPTION = (
    "Ask for a task, follow its job, fetch its files. A browser is known by its cookie; a program sends "
    "`Authorization: Bearer <token>` or `X-API-Key: <token>`. Errors are `{error: {key, message, field}}`, in the language "
    "of `Accept-Language`."
)
Handlers = dict[Any, Any]


class Me(BaseModel):
    """Who you are to the studio."""

    owner: str
    admin: bool
    bytes_used: int
    bytes_allowed: int
    upload_bytes_allowed: int


class TokenView(BaseModel):
    """A token that stands for you, without its secret. Times are Unix seconds."""

    id: str
    name: str
    created: float
    used: float | None


class NewToken(TokenView):
    """A new token with its secret, which is shown this once; keep it like a password."""

    token: str


class TokenName(BaseModel):
    """What a token is for, so that you know it again."""

    name: str = Field("", max_length=80)


def rest_app(context: Context) -> FastAPI:
    """The API alone, to be mounted at ``/api/v1`` behind ``Guard``."""
    api = FastAPI(
        title="Atelier",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        exception_handlers=_handlers(),
        separate_input_output_schemas=False,
    )
    for router in (
        task_routes.router(context),
        jobs.router(context),
        assets.router(context),
        models.router(context),
        rights.router(context),
        parts.router(context),
        lexicon.router(context),
        search.router(context),
        _about(context),
    ):
        api.include_router(router)
    return api


def web_parts(studio: "Studio", uploads: Uploads) -> dict[str, Any]:
    """Keyword arguments for a FastAPI app: our routes, our guards, our way of answering errors."""
    owners = Owners(studio.settings, studio.tokens)
    context = Context(studio)
    return {
        "routes": [
            Mount(PREFIX, rest_app(context)),
            Mount(openai.PREFIX, openai.openai_app(context)),
            Route("/healthz", _healthz),
            *file_routes(studio),
        ],
        "middleware": [
            Middleware(Guard, settings=studio.settings, owners=owners),
            Middleware(PageGuard, uploads=uploads),
        ],
        "exception_handlers": {StudioError: answer_error},
    }


def _about(context: Context) -> APIRouter:
    api = APIRouter(tags=["about"])
    settings = context.studio.settings

    @api.get("/me", summary="Who you are here", responses=errors())
    async def me(request: Request) -> Me:
        owner = owner_of(request)
        return Me(
            owner=owner,
            admin=is_admin(request),
            bytes_used=await off_loop(context.studio.library.usage, owner),
            bytes_allowed=int(settings.owner_quota_gb * 1024**3),
            upload_bytes_allowed=context.upload_bytes,
        )

    tokens = context.studio.tokens

    @api.post("/tokens", status_code=201, summary="A token for your programs", responses=errors())
    async def new_token(request: Request, body: TokenName | None = None) -> NewToken:
        made, secret = await off_loop(tokens.create, owner_of(request), body.name if body else "")
        return NewToken(id=made.id, name=made.name, created=made.created, used=made.used, token=secret)

    @api.get("/tokens", summary="Your tokens", responses=errors())
    async def list_tokens(request: Request) -> list[TokenView]:
        found = await off_loop(tokens.list, owner_of(request))
        return [TokenView(id=item.id, name=item.name, created=item.created, used=item.used) for item in found]

    @api.delete("/tokens/{token_id}", status_code=204, summary="Take a token back", responses=errors(404))
    async def revoke_token(token_id: str, request: Request) -> None:
        await off_loop(tokens.revoke, token_id, owner_of(request))

    @api.get("/healthz", summary="Whether the studio is up", response_class=JSONResponse)
    async def healthz(request: Request) -> Response:
        return await _healthz(request)

    return api


async def _healthz(request: Request) -> Response:
    return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})


def _handlers() -> Handlers:
    return {
        StudioError: answer_error,
        HTTPException: answer_http,
        RequestValidationError: answer_invalid,
        Exception: answer_crash,
    }
