"""The doctor's findings, on this machine and on machines made ill on purpose."""

import ast
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studio import doctor
from studio import doctor_system as system
from studio.doctor import examine, pins
from studio.finding import Finding
from studio.settings import Settings
from studio.texts import languages

ROOT = Path(__file__).parents[2]


def found(check: str, settings: Settings) -> list[Finding]:
    run = {
        "folder": doctor._folder,
        "port": doctor._port,
        "packages": doctor._packages,
        "disk": doctor._disk,
        "models": doctor._model_paths,
        "codecs": system.codecs,
        "graphics": system.graphics,
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


def test_an_address_of_another_machine_is_a_fault(tmp_path: Path) -> None:
    (only,) = found("port", Settings(data_dir=tmp_path, host="192.0.2.1"))
    assert (only.state, only.key, only.fix) == ("fault", "port_refused", "address")


def test_folders_of_models_that_are_not_there_are_a_fault(tmp_path: Path) -> None:
    there, gone = found("models", Settings(data_dir=tmp_path, model_paths=(tmp_path, tmp_path / "gone")))
    assert (there.state, gone.state, gone.fix) == ("ok", "fault", "model_path")


def test_a_missing_codec_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "NEEDED_CODECS", {"no-such-encoder": "X"})
    monkeypatch.setattr(system, "READ_CODECS", {"no-such-decoder": "Y"})
    faults = {item.key: item.fix for item in found("codecs", Settings(data_dir=tmp_path)) if item.state == "fault"}
    assert faults == {"codec": "codec", "decoder": "codec"}


@pytest.mark.parametrize(("cuda", "key"), [("13.0", "gpu_unusable"), (None, "torch_cpu")])
def test_a_card_that_torch_can_not_use_is_told_with_the_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cuda: str | None, key: str
) -> None:
    import torch

    (tmp_path / "nvidia-smi").touch(mode=0o755)
    (tmp_path / "version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.82.01  Wed Oct 27\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system, "DRIVER", tmp_path / "version")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    (only,) = found("graphics", Settings(data_dir=tmp_path))
    assert (only.state, only.key) == ("fault", key)
    assert cuda is None or ("470.82.01" in only.words("ru") and cuda in only.words("ru"))


def test_a_pin_may_depend_on_the_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text(
        'one==1.0; python_version < "3"\none==2.0; python_version >= "3"  # newer\n'
    )
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert pins() == {"one": "2.0"}


def test_without_our_packages_it_says_how_to_get_them() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "studio", "doctor"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip
    assert done.returncode == 1
    assert "is missing; run: make setup" in done.stderr and "Traceback" not in done.stderr


def test_the_start_can_be_read_by_an_old_python() -> None:
    for name in ("__init__.py", "__main__.py"):
        ast.parse((ROOT / "studio" / name).read_text(encoding="utf-8"), feature_version=(3, 7))
    old = "import sys; sys.version_info = (3, 8, 1); import studio"
    done = subprocess.run(
        [sys.executable, "-c", old], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip().count("\n")) == (1, 0)
    assert "needs Python 3.11" in done.stderr and "3.8" in done.stderr


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
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert not report["ok"]
    assert any("STUDIO_DATA_DIR" in (item["fix"] or "") for item in report["findings"])
