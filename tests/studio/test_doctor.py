"""The doctor's findings, on this machine and on machines made ill on purpose."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studio import doctor
from studio.doctor import Finding, examine, pins
from studio.settings import Settings
from studio.texts import languages

ROOT = Path(__file__).parents[2]


def found(check: str, settings: Settings) -> list[Finding]:
    run = {
        "folder": doctor._folder,
        "port": doctor._port,
        "packages": doctor._packages,
        "disk": doctor._disk,
    }
    return list(run[check](settings))


def test_every_finding_has_words_in_every_language(tmp_path: Path) -> None:
    findings = list(examine(Settings(data_dir=tmp_path)))
    assert {item.check for item in findings} >= {
        "python",
        "packages",
        "libraries",
        "codecs",
        "folder",
        "disk",
        "port",
        "engines",
        "models",
    }
    for item in findings:
        for lang in languages():
            assert not item.words(lang).startswith("doctor.")
            assert "{" not in item.words(lang) + item.remedy(lang)
        if item.state == "fault":
            assert item.remedy("en")


def test_the_machine_that_tests_has_all_that_the_studio_needs(tmp_path: Path) -> None:
    faults = [item.words("en") for item in examine(Settings(data_dir=tmp_path)) if item.state == "fault"]
    assert faults == []


def test_a_folder_that_can_not_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (only,) = found("folder", Settings(data_dir=tmp_path / "file" / "data"))
    assert (only.state, only.fix) == ("fault", "folder")


def test_a_secret_that_others_can_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o644)
    assert "secret" in {item.key for item in found("folder", Settings(data_dir=tmp_path)) if item.state == "fault"}


def test_a_taken_port_is_noted(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (only,) = found("port", Settings(data_dir=tmp_path, port=taken.getsockname()[1]))
    assert (only.state, only.key) == ("note", "port_taken")


def test_missing_and_other_packages_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# a remark\nno-such-package-here==1.0\npydantic==0.0.1\nnumpy[extra]==0.1  # why\n"
    )
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert pins() == {"no-such-package-here": "1.0", "pydantic": "0.0.1", "numpy": "0.1"}
    states = {item.params.get("name"): item.state for item in found("packages", Settings(data_dir=tmp_path))}
    assert states["no-such-package-here"] == "fault"
    assert states["pydantic"] == "note"


def test_a_full_disk_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_DISK_GB", 10.0**9)
    (only,) = found("disk", Settings(data_dir=tmp_path))
    assert only.state == "fault"


@pytest.mark.slow
def test_the_command_answers_in_json_and_by_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {**os.environ, "STUDIO_DATA_DIR": str(tmp_path / "file" / "data")}
    done = subprocess.run(
        [sys.executable, "-m", "studio", "doctor", "--json", "--language", "ru"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert not report["ok"]
    assert any("STUDIO_DATA_DIR" in (item["fix"] or "") for item in report["findings"])
