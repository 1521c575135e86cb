"""The homes: what the image, the Space and the ModelScope files say, and how a process makes itself ready."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from studio.errors import Unavailable
from studio.homes.page import page_options
from studio.homes.ready import make_ready, page_uploads
from studio.homes.server import listener
from studio.settings import Home, Settings, detect_home

ROOT = Path(__file__).parents[2]
PLATFORM_MANAGED = {"gradio", "gradio-client", "spaces", "huggingface-hub"}


@pytest.fixture
def unmoved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the working directory and the environment back afterwards."""
    monkeypatch.chdir(Path.cwd())
    for name in (
        "GRADIO_TEMP_DIR",
        "GRADIO_ANALYTICS_ENABLED",
        "GRADIO_SSR_MODE",
        "GRADIO_RUN_HISTORY",
        "GRADIO_ALLOWED_PATHS",
    ):
        monkeypatch.setenv(name, os.environ.get(name, ""))


def instructions() -> list[tuple[str, str]]:
    """Instruction and value of each line of the Dockerfile, continued lines joined."""
    lines = [
        line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.strip() and not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    return [(name, value.strip()) for name, _, value in (line.partition(" ") for line in joined)]


def front_matter() -> dict[str, str]:
    head = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    return dict(re.findall(r"^(\w+): *(.+?) *$", head, re.MULTILINE))


def gradio_pin() -> str:
    found = re.search(r"^gradio(?:\[[^\]]*\])?==(\S+)$", (ROOT / "requirements-web.txt").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_the_image_runs_as_an_ordinary_user_with_a_health_check() -> None:
    found = instructions()
    last = dict(found)
    assert last["USER"] == "user"
    assert last["EXPOSE"] == "7860"
    assert "/healthz" in last["HEALTHCHECK"]
    assert "/data" in last["VOLUME"]
    assert last["CMD"].startswith("["), "exec form, so that a stop reaches Python"
    assert "exec python" in last["CMD"]
    assert any("useradd" in value and "--uid 1000" in value for name, value in found if name == "RUN")
    names = [name for name, _ in found]
    assert names.index("USER") < names.index("CMD")


def test_the_image_is_built_in_two_stages_from_exact_bases_and_leaves_nothing_of_apt() -> None:
    found = instructions()
    bases = [value.split()[0] for name, value in found if name == "FROM"]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.11-slim-[a-z]+", base) for base in bases)
    for name, value in found:
        assert name != "ADD"
        assert name != "MAINTAINER"
        if name == "RUN":
            assert "sudo" not in value
            assert "chown -R" not in value
            if "apt-get install" in value:
                assert "--no-install-recommends" in value
                assert "-y" in value
                assert "rm -rf /var/lib/apt/lists/*" in value
                assert "apt-get update" in value
        if name == "COPY" and "--from" not in value and value.endswith(". ."):
            assert "--chown=user" in value
        if name in ("ENV", "ARG"):
            assert not re.search(r"TOKEN|SECRET|PASSWORD", value)


def test_the_image_leaves_out_what_it_does_not_need() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "tests"} <= set(ignored)


def test_the_space_names_the_gradio_that_we_pin() -> None:
    found = front_matter()
    assert found["sdk"] == "gradio"
    assert found["sdk_version"].strip('"') == gradio_pin()
    assert found["app_file"] == "app.py"
    assert found["license"] == "apache-2.0"
    assert len(found["short_description"]) <= 60


def test_the_space_installs_nothing_that_its_platform_manages() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    names = {
        re.split(r"[\[=<>~ ]", line)[0].lower().replace("_", "-") for line in lines if line and not line.startswith("#")
    }
    assert not names & PLATFORM_MANAGED
    assert "itsdangerous" in names


@pytest.mark.parametrize(("python", "newest_torch"), [("3.11", None), ("3.12", (2, 11))])
def test_every_python_of_the_homes_gets_one_torch(python: str, newest_torch: tuple[int, int] | None) -> None:
    found = [Requirement(line) for line in (ROOT / "requirements.txt").read_text().splitlines() if line[:1].isalpha()]
    here = [item for item in found if item.marker is None or item.marker.evaluate({"python_version": python})]
    assert len({item.name for item in here}) == len(here)
    [torch] = [item for item in here if item.name == "torch"]
    assert "torchvision" in {item.name for item in here}
    if newest_torch:
        version = next(iter(torch.specifier)).version
        assert tuple(map(int, version.split(".")[:2])) <= newest_torch


def test_the_space_names_the_python_that_is_tried() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert front_matter()["python_version"].strip('"') in SpecifierSet(wanted)


def test_system_packages_are_plain_names() -> None:
    lines = (ROOT / "packages.txt").read_text().splitlines()
    assert lines
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", line) for line in lines)


def test_modelscope_gets_our_port() -> None:
    found = json.loads((ROOT / "ms_deploy.json").read_text())
    assert found["port"] == 7860
    assert found["sdk_type"] == "docker"


@pytest.mark.parametrize(
    ("variables", "home"),
    [
        ({}, Home.LAPTOP),
        ({"SPACE_ID": "a/b"}, Home.SPACE),
        ({"SPACE_ID": "a/b", "SPACES_ZERO_GPU": "true"}, Home.ZEROGPU),
        ({"MODELSCOPE_ENVIRONMENT": "studio"}, Home.MODELSCOPE),
    ],
)
def test_a_home_is_known_by_its_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], home: Home
) -> None:
    for name in ("SPACE_ID", "SPACES_ZERO_GPU", "MODELSCOPE_ENVIRONMENT", "STUDIO_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert detect_home() is home
    assert Settings().public == (home is not Home.LAPTOP)


@pytest.mark.usefixtures("unmoved")
def test_a_process_stands_in_an_empty_folder_with_its_uploads_wiped(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    left = page_uploads(settings) / "left-over"
    left.parent.mkdir(parents=True)
    left.touch()
    assert make_ready(settings) == settings
    assert not left.exists()
    assert list(Path.cwd().iterdir()) == []
    assert os.environ["GRADIO_TEMP_DIR"] == str(page_uploads(settings))


@pytest.mark.usefixtures("unmoved")
def test_a_folder_that_can_not_be_written_is_said_or_on_a_hosted_home_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    blocked = tmp_path / "file" / "data"
    with pytest.raises(Unavailable, match="STUDIO_DATA_DIR"):
        make_ready(Settings(data_dir=blocked))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    assert make_ready(Settings(data_dir=blocked, home=Home.SPACE)).data_dir == tmp_path / "own" / "atelier"


def test_what_the_page_may_serve(tmp_path: Path) -> None:
    options = page_options(Settings(data_dir=tmp_path, max_upload_mb=7))
    assert options["allowed_paths"] == []
    assert str(tmp_path / "secret") in options["blocked_paths"]
    assert options["max_file_size"] == "7mb"
    assert not options["enable_monitoring"]
    assert not options["show_error"]


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with listener(Settings(data_dir=tmp_path, port=0)) as door:
        door.listen()
        port = door.getsockname()[1]
        with pytest.raises(Unavailable, match=str(port)):
            listener(Settings(data_dir=tmp_path, port=port))


def test_small_answers_are_sent_at_once(tmp_path: Path) -> None:
    async def delayed() -> bool:
        taken = asyncio.get_running_loop().create_future()
        with listener(Settings(data_dir=tmp_path, port=0)) as door:
            server = await asyncio.start_server(lambda _, writer: taken.set_result(writer), sock=door)
            async with server:
                _, mine = await asyncio.open_connection(*door.getsockname())
                sent = (await taken).get_extra_info("socket")
                found = sent.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                mine.close()
                (await taken).close()
        return not found

    assert not asyncio.run(delayed())


def test_the_app_and_the_core_import_neither_torch_nor_gradio(run_python: Callable[[str], str]) -> None:
    code = "import app, studio.rest, studio.cli, studio.signature, sys; print(sorted({'torch', 'gradio'} & set(sys.modules)))"
    assert run_python(code).strip() == "[]"


@pytest.fixture
def run_python() -> Callable[[str], str]:
    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout

    return run
