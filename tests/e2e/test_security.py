"""What a stranger, another owner or another site may not do, tried against a real server with a real Gradio page."""

import http.client
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from studio.homes.page import page_options
from studio.homes.ready import page_uploads
from studio.settings import Settings
from tests.serving import served

LIMIT_MB = 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("security")


def guarded_page(settings: Settings) -> object:
    """A page with what ours has: an upload, an echo of what was typed, behind the studio's guards."""
    uploads_folder = page_uploads(settings)
    uploads_folder.mkdir(parents=True, exist_ok=True)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads_folder)

    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from studio.guard import Guard
    from studio.owners import Owners, owner_of
    from studio.page_guard import PageGuard, Uploads
    from studio.store import open_store
    from studio.tokens import Tokens

    def owner(request: gr.Request) -> str:
        return owner_of(request)

    with gr.Blocks() as page:
        file = gr.File()
        name = gr.Textbox()
        file.upload(lambda path: Path(path).name, file, name, api_name="name_of")
        gr.api(owner, api_name="owner", queue=False)
    page.queue(api_open=False)

    async def whoami(request: Request) -> JSONResponse:
        return JSONResponse({"owner": owner_of(request)})

    web = FastAPI(
        routes=[Route("/whoami", whoami), Route("/whoami", whoami, methods=["POST"])],
        middleware=[
            Middleware(Guard, settings=settings, owners=Owners(settings, Tokens(open_store(settings.database)))),
            Middleware(PageGuard, uploads=Uploads(uploads_folder)),
        ],
    )
    return gr.mount_gradio_app(web, page, path="/", **page_options(settings))


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    before = os.environ.get("GRADIO_TEMP_DIR")
    with served(guarded_page(Settings(data_dir=folder / "open", max_upload_mb=LIMIT_MB))) as found:
        yield found
    os.environ.pop("GRADIO_TEMP_DIR") if before is None else os.environ.update(GRADIO_TEMP_DIR=before)


@pytest.fixture
def mine(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as client:
        client.get("/whoami")
        yield client


@pytest.fixture
def other(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as client:
        client.get("/whoami")
        yield client


def uploaded(client: httpx.Client, content: bytes = b"secret", name: str = "b.txt") -> str:
    answer = client.post("/gradio_api/upload", files={"files": (name, content)})
    assert answer.status_code == 200
    return str(answer.json()[0])


def call(client: httpx.Client, path: str) -> httpx.Response:
    """Run the page's ``name_of`` on a file, as gradio_client does."""
    value = {"path": path, "meta": {"_type": "gradio.FileData"}}
    return client.post("/gradio_api/call/name_of", json={"data": [value]})


def test_the_owner_is_the_same_for_a_route_and_for_gradio(mine: httpx.Client) -> None:
    route = mine.get("/whoami").json()["owner"]
    page = mine.post("/gradio_api/run/owner", json={"data": []})
    assert page.json()["data"] == [route]


def test_the_owner_header_can_not_be_sent_by_a_client(mine: httpx.Client) -> None:
    known = mine.get("/whoami").json()["owner"]
    for name in ("x-studio-owner", "X-Studio-Owner", "X-STUDIO-OWNER"):
        assert mine.get("/whoami", headers={name: "admin"}).json()["owner"] == known


def test_an_upload_is_its_owners_alone(mine: httpx.Client, other: httpx.Client) -> None:
    path = uploaded(mine)
    assert mine.get(f"/gradio_api/file={path}").content == b"secret"
    assert other.get(f"/gradio_api/file={path}").status_code == 404
    assert other.get(f"/gradio_api/file/{path}").status_code == 404
    folder, name = path.rsplit("/", 1)
    for form in (
        f"{folder}/./{name}",
        f"{folder}//{name}",
        f"{folder}/x/../{name}",
        path.replace("/b", "/%62"),
        path[1:],
    ):
        assert other.get(f"/gradio_api/file={form}").status_code in (403, 404), form
    assert call(other, path).status_code == 404
    assert call(mine, path).status_code == 200


def test_equal_files_of_two_owners_are_readable_by_both(mine: httpx.Client, other: httpx.Client) -> None:
    path = uploaded(mine, b"the same")
    assert uploaded(other, b"the same") == path
    assert {client.get(f"/gradio_api/file={path}").content for client in (mine, other)} == {b"the same"}


def test_files_of_the_machine_are_refused(mine: httpx.Client, folder: Path) -> None:
    root = Path(__file__).parents[2]
    for path in (
        root / "app.py",
        root / "pyproject.toml",
        "/etc/passwd",
        "/proc/self/environ",
        folder / "open" / "secret",
    ):
        assert mine.get(f"/gradio_api/file={path}").status_code in (403, 404), path
        assert call(mine, str(path)).status_code == 404, path


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data/", "https://example.org/a.png", "//evil/x", "file:///etc/passwd"]
)
def test_no_address_that_a_user_gives_is_fetched(mine: httpx.Client, url: str) -> None:
    assert call(mine, url).status_code == 400
    assert mine.get(f"/gradio_api/file={url}").status_code == 404
    assert mine.get(f"/gradio_api/proxy={url}").status_code == 404
    nested = {"data": [{"a": [{"path": url, "url": url}]}], "fn_index": 0, "session_hash": "x"}
    assert mine.post("/gradio_api/queue/join", json=nested).status_code == 400


def test_an_upload_over_the_limit_is_413(mine: httpx.Client) -> None:
    answer = mine.post("/gradio_api/upload", files={"files": ("big.bin", b"x" * (LIMIT_MB * 1024**2 + 1))})
    assert answer.status_code == 413


def test_monitoring_and_the_open_api_are_shut(mine: httpx.Client) -> None:
    for path in ("/monitoring", "/monitoring/summary", "/gradio_api/monitoring/summary"):
        assert mine.get(path).status_code in (403, 404), path
    assert mine.post("/gradio_api/run/name_of", json={"data": [None]}).status_code == 404


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"data": ["\xff"]}'])
def test_a_broken_call_is_a_clear_error(mine: httpx.Client, body: bytes) -> None:
    answer = mine.post("/gradio_api/call/name_of", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["key"] == "rest.json"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:9"},
    ],
)
def test_writes_from_other_sites_are_refused(mine: httpx.Client, headers: dict[str, str]) -> None:
    assert mine.post("/whoami", headers=headers).status_code == 403
    assert mine.post("/gradio_api/upload", headers=headers, files={"files": b"x"}).status_code == 403


def test_writes_from_our_own_page_are_taken(mine: httpx.Client, address: str) -> None:
    assert mine.post("/whoami", headers={"origin": address}).status_code == 200
    assert mine.post("/whoami", headers={"origin": address, "sec-fetch-site": "same-origin"}).status_code == 200


def test_a_name_that_was_bent_to_this_machine_is_refused(address: str) -> None:
    split = urlsplit(address)
    connection = http.client.HTTPConnection(split.hostname or "", split.port)
    connection.request("GET", "/whoami", headers={"Host": f"evil.example:{split.port}"})
    answer = connection.getresponse()
    assert answer.status == 403
    assert json.loads(answer.read())["error"]["key"] == "web.host"


def test_answers_carry_safe_headers(mine: httpx.Client) -> None:
    headers = mine.get("/whoami").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in headers["content-security-policy"]


def test_with_users_everything_is_shut_until_one_signs_in(folder: Path) -> None:
    settings = Settings(data_dir=folder / "closed", auth="алиса:pass word,bob:b")  # type: ignore[arg-type]
    with served(guarded_page(settings)) as closed, httpx.Client(base_url=closed) as client:
        for path in (
            "/",
            "/config",
            "/gradio_api/info",
            "/gradio_api/file=x",
            "/gradio_api/mcp/",
            "/whoami",
            "/theme.css",
        ):
            assert client.get(path).status_code == 401, path
        page = client.get("/", headers={"accept": "text/html", "accept-language": "ru"})
        assert "Войти" in page.text
        wrong = client.post("/login", data={"username": "алиса", "password": "x"})
        assert (wrong.status_code, wrong.json()["error"]["key"]) == (401, "owner.password")
        assert client.get("/config").status_code == 401
        right = client.post(
            "/login", data={"username": "алиса", "password": "pass word"}, headers={"accept": "text/html"}
        )
        assert right.status_code == 303
        assert client.get("/config").status_code == 200
        assert client.get("/whoami").json()["owner"] == "user:%D0%B0%D0%BB%D0%B8%D1%81%D0%B0"
        client.get("/logout")
        assert client.get("/config").status_code == 401
