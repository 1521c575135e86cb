"""ZeroGPU: the platform's own package, off its platform, and as on it with its device service played by a local server.

The service only hands out permissions; everything else is the real thing: scheduling, the fork, the way of results and errors.
torch is kept out of that process, since ``spaces`` would ask it for a card that isn't here.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from studio.homes.which import studio_for
from studio.homes.zerogpu import ZeroStudio
from studio.settings import Home, Settings
from studio.studio import Studio
from tests.serving import picture, served

ROOT = Path(__file__).parents[2]
TOKEN = "e30.e30.e30"
ON_THE_PLATFORM = """
import sys
sys.modules["torch"] = None
import spaces, json, os
from contextlib import closing
from pathlib import Path
import gradio as gr
from gradio.context import LocalContext
from studio.homes.which import studio_for
from studio.settings import Settings

class Visitor:
    headers = {"x-ip-token": sys.argv[3]}
    def __init__(self):
        self.headers = type("Headers", (dict,), {})(self.headers)

with closing(studio_for(Settings(data_dir=Path(sys.argv[1]), device="cpu"))) as studio:
    with gr.Blocks() as page:
        gr.Markdown("x")
    page.launch(prevent_thread_lock=True, quiet=True, server_port=int(sys.argv[4]))
    studio.start()
    LocalContext.request.set(Visitor())
    asset = studio.library.add(Path(sys.argv[2]), "me")
    found = []
    for _ in range(2):
        job = studio.submit("cartoon", {"source": asset.id}, "me")
        *_, last = studio.watch(job.id, "me", timeout=60)
        found.append([last.state, last.error, [studio.library.get(item, "me").kind for item in last.outputs]])
    sys.stderr.write("RESULT " + json.dumps([os.getpid(), *found]) + "\\n")
    page.close()
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(picture())
    return tmp_path / "a.png"


def test_off_the_platform_jobs_run_through_the_decorator(tmp_path: Path, photo: Path) -> None:
    with closing(studio_for(Settings(data_dir=tmp_path, home=Home.ZEROGPU, device="cpu"))) as studio:
        assert isinstance(studio, ZeroStudio)
        studio.start()
        asset = studio.library.add(photo, "me")
        job = studio.submit("cartoon", {"source": asset.id}, "me")
        *_, last = studio.watch(job.id, "me", timeout=60)
        assert last.state == "done", last.error
        assert studio.library.get(last.outputs[0], "me").kind == "image"


def test_what_was_left_queued_goes_on_at_the_next_start(tmp_path: Path, photo: Path) -> None:
    settings = Settings(data_dir=tmp_path, home=Home.ZEROGPU, device="cpu")
    with closing(Studio(settings)) as studio:
        asset = studio.library.add(photo, "me")
        job = studio.submit("cartoon", {"source": asset.id}, "me")
    with closing(ZeroStudio(settings)) as again:
        again.start()
        *_, last = again.watch(job.id, "me", timeout=60)
        assert last.state == "done", last.error


class Service:
    """The platform's device service: says first that the quota is used up, then yes, and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.app = FastAPI()
        self.app.post("/{what}")(self.answer)

    async def answer(self, what: str, request: Request) -> Response:
        self.calls.append((what, dict(request.query_params)))
        if what == "schedule" and len(self.asked("schedule")) == 1:
            return JSONResponse({"left": 3, "wait": 3600}, 429)
        return JSONResponse({"idle": False, "nvidiaIndex": 0, "nvidiaUUID": "GPU-0", "allowToken": "yes"})

    def asked(self, what: str) -> list[dict[str, str]]:
        return [params for name, params in self.calls if name == what]


@pytest.fixture
def service() -> Iterator[tuple[Service, str]]:
    made = Service()
    with served(made.app) as address:
        yield made, address


def on_the_platform(folder: Path, photo: Path, address: str, port: int) -> list[Any]:
    environment = {**os.environ, "SPACES_ZERO_GPU": "true", "SPACES_ZERO_DEVICE_API_URL": address, "HOME": str(folder)}
    arguments = [sys.executable, "-c", ON_THE_PLATFORM, str(folder / "data"), str(photo), TOKEN, str(port)]
    done = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stderr
    result: list[Any] = json.loads(lines[0].removeprefix("RESULT "))
    return result


@pytest.mark.slow
def test_on_the_platform_a_refusal_is_told_and_a_job_runs_in_the_forked_process(
    tmp_path: Path, photo: Path, service: tuple[Service, str], free_port: int
) -> None:
    pid, refused, done = on_the_platform(tmp_path, photo, service[1], free_port)
    assert (refused[0], refused[1][0]) == ("failed", "home.gpu")
    assert "quota" in refused[1][1]["reason"]
    assert done == ["done", None, ["image"]]
    asked = service[0]
    assert asked.asked("startup-report")
    assert [params["token"] for params in asked.asked("schedule")] == [TOKEN, TOKEN], "the visitor whose quota it takes"
    assert all(10 <= int(params["durationSeconds"]) <= 60 for params in asked.asked("schedule"))
    assert [int(params["pid"]) == pid for params in asked.asked("allow")] == [False]
    assert [params["fail"] for params in asked.asked("release")] == ["false"]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
