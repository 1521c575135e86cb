"""Several media in a field and media by name, from Gradio's client, from MCP, and in a form."""

import asyncio
import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.homes.page import page_options
from studio.homes.ready import page_uploads
from studio.page_guard import Uploads
from studio.rest import web_parts
from studio.settings import Settings
from studio.signature import named_functions
from studio.studio import Studio
from tests.e2e.test_clients import mcp_session
from tests.serving import served
from tests.studio.extra import extra_task


def red(shade: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), (shade, 30, 60)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("clients"), device="cpu")
    folder = page_uploads(settings)
    folder.mkdir(parents=True)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    import gradio as gr
    from fastapi import FastAPI

    with extra_task():
        studio = Studio(settings)
        studio.start()
        uploads = Uploads(folder)
        with gr.Blocks() as page:
            for item in named_functions(studio, uploads, gr.Request, gr.Error):
                gr.api(item.fn, api_name=item.name, queue=False, concurrency_limit=None)
        web = gr.mount_gradio_app(FastAPI(**web_parts(studio, uploads)), page, path="/", **page_options(settings))
        try:
            with served(web) as found:
                yield found
        finally:
            studio.close()
            os.environ.pop("GRADIO_TEMP_DIR", None)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{shade}.png" for shade in (10, 20, 30)]
    for file in found:
        file.write_bytes(red(int(file.stem)))
    return found


def test_gradio_client_sends_lists_of_files(address: str, files: list[Path]) -> None:
    from gradio_client import Client, handle_file
    from gradio_client.exceptions import AppError

    client = Client(address, verbose=False)
    a, b, c = files
    job = client.predict(
        pictures=[handle_file(b), handle_file(a)],
        cast_people={"anna": [handle_file(c)], "bob": [handle_file(a), handle_file(b)]},
        api_name="/gather",
    )
    assert job["state"] == "done", job
    assert job["result"]["order"] == "picture 20, picture 10, anna 30, bob 10, bob 20"
    assert client.predict(cover=handle_file(a), api_name="/gather")["result"]["order"] == "cover 10"
    known = job["request"]["pictures"][0]
    for wrong in ([known, "/etc/passwd"], [known, None], [known, "nobodys"]):
        with pytest.raises(AppError, match="file"):
            client.predict(pictures=wrong, api_name="/gather")
        with pytest.raises(AppError, match="file"):
            client.predict(cast_people={"anna": wrong}, api_name="/gather")
    with pytest.raises(AppError, match="square brackets"):
        client.predict(pictures=known, api_name="/gather")


def test_an_mcp_client_sends_lists_of_data(address: str) -> None:
    async def talk() -> tuple[Any, Any]:
        async with mcp_session(address, "http") as session:
            tools = (await session.list_tools()).tools
            sent = ["data:image/png;base64," + base64.b64encode(red(shade)).decode() for shade in (40, 50)]
            asked = {"pictures": sent, "cast_people": {"anna": sent[1:]}}
            return tools, await session.call_tool("gather", asked)

    tools, done = asyncio.run(talk())
    properties = next(tool for tool in tools if tool.name == "gather").inputSchema["properties"]
    assert properties["pictures"]["type"] == "array"
    assert properties["cast_people"]["type"] == "object"
    assert not done.isError, done
    assert "picture 40, picture 50, anna 50" in done.content[0].text


def test_a_form_takes_several_files_and_leaves_names_to_the_tab(files: list[Path]) -> None:
    import gradio as gr

    from tabs.kit.form import Section, build_form, taken

    with extra_task(), gr.Blocks():
        form = build_form("gather", [Section("ui.section.output", ("cover", "pictures", "cast", "side"))], frozenset())
        assert list(form.widgets) == ["cover", "pictures", "side"]
        assert [form.widgets[name].file_count for name in ("cover", "pictures")] == ["single", "multiple"]
        values = [str(files[0]), [str(file) for file in files[1:]], 4]
        assert taken(form, values, lambda path: path.stem) == {"cover": "10", "pictures": ["20", "30"], "side": 4}
        assert taken(form, [None, None, 4], lambda path: path.stem) == {"side": 4}
