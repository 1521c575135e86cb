"""What every web request meets first: is it addressed to us, does it come from our own page, and who sends it?

``Guard`` wraps the whole web app, Gradio's page included. It refuses requests for other hosts (DNS rebinding) and
writes from other sites (CSRF), finds the owner, shows the sign-in page where one has to sign in, and puts the owner
into a header that a client can't set itself.
"""

import html
import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.answers import answer_error, language, status
from studio.errors import BadInput, LimitReached, NotAllowed, StudioError
from studio.owners import ADMIN, HEADER, Identity, Owners
from studio.paths import ASSETS
from studio.settings import Settings
from studio.texts import text

OURS = frozenset({HEADER.encode(), ADMIN.encode()})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0"})
OPEN = frozenset({"/healthz", "/api/v1/healthz"})
LOGIN, LOGOUT = "/login", "/logout"
LOGIN_BYTES = 4096


class Guard:
    """ASGI middleware; see the module. ``owners`` tells who sends a request."""

    def __init__(self, app: ASGIApp, settings: Settings, owners: Owners) -> None:
        self._app = app
        self._settings = settings
        self._owners = owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            self._check_host(request.headers)
            self._check_site(request)
            if _path(scope) == LOGIN and self._owners.closed:
                answer = await self._sign_in(request)
                await answer(scope, receive, send)
                return
            if _path(scope) == LOGOUT:
                answer = RedirectResponse(_home(scope), 303, {"Set-Cookie": self._owners.no_cookie()})
                await answer(scope, receive, send)
                return
            who = await run_in_threadpool(self._owners.identify, request.headers, _address(request))
        except StudioError as error:
            await answer_error(request, error)(scope, receive, send)
            return
        if who is None and _path(scope) not in OPEN:
            await self._stranger(request)(scope, receive, send)
            return
        await self._pass(scope, receive, send, who)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, who: Identity | None) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in OURS]
        if who is not None:
            headers += [(HEADER.encode(), who.owner.encode()), (ADMIN.encode(), b"1" if who.admin else b"0")]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), scope, who)
            await send(message)

        await self._app({**scope, "headers": headers}, receive, send_with_headers)

    def _add_headers(self, headers: MutableHeaders, scope: Scope, who: Identity | None) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        if not self._settings.home.hosted:
            headers.setdefault("Content-Security-Policy", "frame-ancestors 'self'")
        if who is not None and who.fresh and _path(scope) not in OPEN:
            headers.append("Set-Cookie", self._owners.cookie(who.owner, https=_https(Headers(scope=scope), scope)))

    def _check_host(self, headers: Mapping[str, str]) -> None:
        """On a machine that only listens to itself, a request for any other name is a trick of another page."""
        if not self._settings.alone:
            return
        if _hostname(headers.get("host", "")) not in LOOPBACK:
            raise NotAllowed("web.host", host=headers.get("host", ""))

    def _check_site(self, request: Request) -> None:
        if request.method in SAFE:
            return
        if site := request.headers.get("sec-fetch-site"):
            if site not in ("same-origin", "none"):
                raise NotAllowed("web.site")
            return
        origin = request.headers.get("origin")
        ours = {
            request.headers.get("host"),
            request.headers.get("x-forwarded-host"),
            urlsplit(self._settings.root_path).netloc,
        }
        if origin is not None and urlsplit(origin).netloc not in ours - {None, ""}:
            raise NotAllowed("web.site")

    def _stranger(self, request: Request) -> Response:
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_login_page(request, ""), 401)
        return answer_error(request, NotAllowed("owner.sign_in"))

    async def _sign_in(self, request: Request) -> Response:
        """The page that asks for name and password, and what it posts; Gradio's own client posts the same fields."""
        if request.method in SAFE:
            return HTMLResponse(_login_page(request, ""))
        wants_page = "text/html" in request.headers.get("accept", "")
        try:
            form = await _small_form(request)
            owner = await run_in_threadpool(
                self._owners.sign_in, form.get("username", ""), form.get("password", ""), _address(request)
            )
        except StudioError as error:
            if wants_page:
                return HTMLResponse(_login_page(request, error.text(language(request))), status(error))
            return answer_error(request, error)
        cookie = {"Set-Cookie": self._owners.cookie(owner, https=_https(request.headers, request.scope))}
        return (
            RedirectResponse(_home(request.scope), 303, cookie)
            if wants_page
            else JSONResponse({"success": True}, 200, cookie)
        )


async def _small_form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LOGIN_BYTES:
            raise LimitReached("rest.body", limit=LOGIN_BYTES // 1024)
    try:
        if "json" in request.headers.get("content-type", ""):
            return {str(name): str(value) for name, value in json.loads(body).items()}
        return {name: values[0] for name, values in parse_qs(body.decode()).items()}
    except (ValueError, AttributeError) as problem:
        raise BadInput("rest.json") from problem


def _login_page(request: Request, problem: str) -> str:
    lang = language(request)
    words = {name: html.escape(text(f"login.{name}", lang)) for name in ("title", "name", "password", "enter")}
    page = (ASSETS / "login.html").read_text(encoding="utf-8")
    for name, value in {
        **words,
        "lang": lang,
        "problem": html.escape(problem),
        "action": _home(request.scope).rstrip("/") + LOGIN,
    }.items():
        page = page.replace("{{" + name + "}}", value)
    return page


def _path(scope: Scope) -> str:
    """The path without the prefix of a proxy, and without a slash at its end."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).rstrip("/") or "/"


def _home(scope: Scope) -> str:
    return scope.get("root_path", "").rstrip("/") + "/"


def _https(headers: Mapping[str, str], scope: Scope) -> bool:
    return headers.get("x-forwarded-proto", scope.get("scheme", "http")).split(",")[0].strip() == "https"


def _hostname(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
