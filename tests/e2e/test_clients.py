"""Programs that call the studio by name: Gradio's own client, and MCP clients over streamable HTTP and SSE."""

import asyncio
import base64
import inspect
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.homes.page import page_options
from studio.homes.ready import page_uploads
from studio.page_guard import Uploads
from studio.rest import web_parts
from studio.schema import options
from studio.settings import Settings
from studio.signature import WAIT, named_functions
from studio.studio import Studio
from studio.tasks import tasks
from tests.serving import clip, picture, served
from tests.waiting import until


@contextmanager
def whole_app(settings: Settings) -> Iterator[tuple[str, Studio]]:
    """The page, REST and MCP, as ``app.py`` puts them together."""
    folder = page_uploads(settings)
    folder.mkdir(parents=True)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)

    import gradio as gr
    from fastapi import FastAPI

    from tabs.kit import shell

    with closing(Studio(settings)) as studio:
        studio.start()
        uploads = Uploads(folder)
        page = shell.build(studio, named_functions(studio, uploads, gr.Request, gr.Error))
        more = {**shell.options(studio), **page_options(settings)}
        web = gr.mount_gradio_app(FastAPI(**web_parts(studio, uploads)), page, path="/", **more)
        with served(web) as found:
            yield found, studio
    os.environ.pop("GRADIO_TEMP_DIR", None)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("clients"), device="cpu", max_upload_mb=8)
    with whole_app(settings) as (found, _):
        yield found


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    from gradio_client import Client

    return Client(address, verbose=False)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    (tmp_path / "photo.png").write_bytes(picture())
    return tmp_path / "photo.png"


def test_the_functions_tell_every_setting() -> None:
    for item in named_functions(None, Uploads(Path()), dict, RuntimeError):  # type: ignore[arg-type]
        if item.name not in tasks():
            continue
        signature = inspect.signature(item.fn)
        assert set(signature.parameters) == {*options(item.name), WAIT, "request"}
        for name, option in options(item.name).items():
            assert signature.parameters[name].annotation == option.annotation
            assert option.description in (inspect.getdoc(item.fn) or "")


def test_gradio_client_calls_a_task_by_its_settings_names(client: Any, address: str, photo: Path) -> None:
    from gradio_client import handle_file

    job = client.predict(source=handle_file(photo), style="cel", cel_colours=6, seed=5, api_name="/cartoon")
    assert job["state"] == "done", job
    assert job["request"]["cel"]["colours"] == 6
    assert job["result"]["seed"] == 5
    file = httpx.get(address + job["outputs"][0]["url"], cookies=client.cookies)
    assert file.content[:4] == b"\x89PNG"
    assert httpx.get(address + job["outputs"][0]["url"]).status_code == 404


def test_gradio_client_describes_the_settings(client: Any) -> None:
    parameters = client.view_api(return_format="dict", print_info=False)["named_endpoints"]["/cartoon"]["parameters"]
    names = {item["parameter_name"] for item in parameters}
    assert names == {*options("cartoon"), WAIT}
    lines = next(item for item in parameters if item["parameter_name"] == "ink_lines")
    assert lines["parameter_default"] == 0.6
    assert lines["type"]["type"] == "number"


def test_gradio_client_gets_a_sentence_for_a_mistake(client: Any, photo: Path) -> None:
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match="Lines"):
        client.predict(source=handle_file(photo), ink_lines=7, api_name="/cartoon")
    with pytest.raises(AppError, match="file of yours"):
        client.predict(source="nobodys/../file", api_name="/cartoon")


@pytest.mark.parametrize(
    "source", ["/etc/passwd", "/gradio_api/file=/etc/passwd", "data:image/png,abc", "data:image/png;base64,@@"]
)
def test_no_path_of_the_server_is_taken(client: Any, source: str) -> None:
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError) as caught:
        client.predict(source=source, api_name="/cartoon")
    assert "passwd" not in str(caught.value)


def test_a_long_job_is_found_again_and_cancelled(client: Any, tmp_path: Path) -> None:
    from gradio_client import handle_file

    film = clip(tmp_path / "long.mp4", frames=900, width=320, height=240)
    job = client.predict(source=handle_file(film), style="paint", wait_seconds=0.5, api_name="/cartoon")
    assert job["state"] in ("queued", "running")
    assert client.predict(id=job["id"], api_name="/job")["id"] == job["id"]
    client.predict(id=job["id"], api_name="/cancel_job")
    until(lambda: client.predict(id=job["id"], api_name="/job")["state"] == "cancelled")


def test_nothing_of_the_page_itself_can_be_called_by_name(client: Any) -> None:
    named = set(client.view_api(return_format="dict", print_info=False)["named_endpoints"])
    assert named == {f"/{name}" for name in (*tasks(), "job", "cancel_job")}


@asynccontextmanager
async def mcp_session(address: str, transport: str, **headers: str) -> AsyncIterator[Any]:
    from mcp import ClientSession
    from mcp.client.sse import sse_client
    from mcp.client.streamable_http import streamablehttp_client

    url = f"{address}/gradio_api/mcp/"
    connect = streamablehttp_client(url, headers) if transport == "http" else sse_client(f"{url}sse", headers)
    async with connect as (read, write, *_), ClientSession(read, write) as session:
        await session.initialize()
        yield session


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_an_mcp_client_sees_the_settings_and_makes_a_picture(address: str, transport: str) -> None:
    async def talk() -> tuple[Any, Any, Any]:
        async with mcp_session(address, transport) as session:
            tools = (await session.list_tools()).tools
            source = "data:image/png;base64," + base64.b64encode(picture()).decode()
            done = await session.call_tool("cartoon", {"source": source, "style": "pencil", "pencil_colour": 0.5})
            wrong = await session.call_tool("cartoon", {"source": source, "style": "oil"})
            return tools, done, wrong

    tools, done, wrong = asyncio.run(talk())
    assert {tool.name for tool in tools} == {*tasks(), "job", "cancel_job"}
    cartoon = next(tool for tool in tools if tool.name == "cartoon")
    assert cartoon.description.startswith("Turn a picture or a video into a cartoon")
    for name, option in options("cartoon").items():
        assert option.description in cartoon.inputSchema["properties"][name]["description"]
    assert cartoon.inputSchema["required"] == ["source"]
    assert not done.isError, done
    assert "'state': 'done'" in done.content[0].text or json.loads(done.content[0].text)["state"] == "done"
    assert wrong.isError
    assert "Traceback" not in wrong.content[0].text


def test_where_one_signs_in_clients_bring_their_login_and_see_only_their_own(tmp_path: Path, photo: Path) -> None:
    from gradio_client import Client, handle_file

    async def draw(address: str, secret: str) -> Any:
        source = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()
        async with mcp_session(address, "http", **{"X-API-Key": secret}) as session:
            return await session.call_tool("cartoon", {"source": source})

    settings = Settings(data_dir=tmp_path / "data", device="cpu", auth="alice:a,bob:b")  # type: ignore[arg-type]
    with whole_app(settings) as (address, studio):
        with pytest.raises(ValueError, match=r"401|log in|authenticate|Unauthorized|credentials"):
            Client(address, verbose=False)
        alice = Client(address, auth=("alice", "a"), verbose=False)
        job = alice.predict(source=handle_file(photo), api_name="/cartoon")
        assert job["state"] == "done", job
        assert [item.id for item in studio.jobs_of("user:alice")] == [job["id"]]
        secret = studio.tokens.create("user:bob")[1]
        answer = asyncio.run(draw(address, secret))
        assert not answer.isError, answer
        assert len(studio.jobs_of("user:bob")) == 1
        assert httpx.get(address + job["outputs"][0]["url"], headers={"X-API-Key": secret}).status_code == 404
