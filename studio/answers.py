"""How the web faces answer: one JSON shape for errors, in the language that the browser asks for."""

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from studio.errors import Failed, LimitReached, NotAllowed, StudioError
from studio.texts import best_language, text

log = logging.getLogger(__name__)

WHO = "owner."
TOO_MANY = frozenset({"owner.tries", "job.too_many"})
HTTP_KEYS = {404: "rest.no_page", 405: "rest.method"}


def language(request: Request) -> str:
    return best_language(request.headers.get("accept-language", ""))


def status(error: StudioError) -> int:
    """The HTTP status of an error: 401 where one isn't known, 429 for too many of something, else what the error
    says.
    """
    if isinstance(error, NotAllowed) and error.key.startswith(WHO):
        return 401
    if isinstance(error, LimitReached) and error.key in TOO_MANY:
        return 429
    return error.status


def error_body(error: StudioError, lang: str) -> dict[str, Any]:
    """``{"error": {"key", "message"}}``, with ``field`` where one field is to blame."""
    body = {"key": error.key, "message": error.text(lang)}
    if field := error.params.get("setting") or error.params.get("field"):
        body["field"] = str(field)
    return {"error": body}


def answer_error(request: Request, error: Exception) -> Response:
    """The response for an error that we raised."""
    if not isinstance(error, StudioError):
        return answer_crash(request, error)
    if error.status >= Failed.status:
        log.error("%s %s: %s", request.method, request.url.path, error)
    headers = {"WWW-Authenticate": "Bearer"} if status(error) == 401 else {}
    if status(error) == LimitReached.status:
        headers["Connection"] = "close"
    return JSONResponse(error_body(error, language(request)), status(error), headers)


def answer_http(request: Request, error: Exception) -> Response:
    """The response for an error of the framework, such as a page that doesn't exist."""
    code = getattr(error, "status_code", 500)
    key = HTTP_KEYS.get(code, "rest.request")
    message = text(f"error.{key}", language(request))
    return JSONResponse({"error": {"key": key, "message": message}}, code, getattr(error, "headers", None))


def answer_invalid(request: Request, error: Exception) -> Response:
    """The response for query values or a body that the framework refuses."""
    first: dict[str, Any] = next(iter(getattr(error, "errors", list)()), {})
    field = ".".join(str(part) for part in first.get("loc", ())[1:])
    message = text("error.rest.value", language(request), field=field or "?", reason=first.get("msg", ""))
    return JSONResponse({"error": {"key": "rest.value", "message": message, "field": field}}, 400)


def answer_crash(request: Request, error: Exception) -> Response:
    """The response for a mistake of ours: a sentence for the user, the traceback only in the log."""
    log.error("%s %s", request.method, request.url.path, exc_info=error)
    return JSONResponse(error_body(Failed("rest.crash"), language(request)), Failed.status)
