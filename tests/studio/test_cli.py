"""The command line, as a user runs it: real processes, real files."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli import CANCELLED, DONE, FAILED, USAGE, build_parser, main
from studio.schema import options
from studio.tasks import tasks
from studio.terminal import duration, size, table
from studio.texts import languages
from tests.serving import clip, picture
from tests.waiting import PATIENCE_S, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def here(place_of_work: Path) -> Path:
    (place_of_work / "a.png").write_bytes(picture())
    return place_of_work


def studio(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_help_needs_nothing_heavy(here: Path) -> None:
    assert studio("--help").returncode == DONE
    code = (
        "import sys; from studio.cli import build_parser; build_parser();"
        "print(sorted({'torch', 'gradio', 'numpy', 'av', 'cv2', 'fastapi', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


@pytest.mark.parametrize("lang", languages())
def test_the_help_of_a_task_tells_every_setting(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["cartoon", "--help", "--language", lang])
    shown = capsys.readouterr().out
    for option in options("cartoon").values():
        if not option.field.required:
            assert f"--{option.name.replace('_', '-')}" in shown
    assert "0 … 1" in shown
    assert "--no-preview" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cartoon"], "SOURCE"),
        (["cartoon", "a.png", "--styl", "ink"], "--styl"),
        (["cartoon", "a.png", "--style", "oil"], "ink"),
        (["cartoon", "a.png", "--ink-lines", "much"], "--ink-lines"),
        (["cartoon", "a.png", "--ink-lines", "7"], "Lines"),
        (["cartoon", "none.png"], "none.png"),
        (["cartoon", "a.png", "-o", "nowhere/out.png"], "nowhere"),
        (["cartoon", "a.png", "-o", "/proc/out.png"], "/proc"),
        (["cartoon", "a.png", "-o", "a.png"], "a.png"),
        (["cartoon", "a.png", "-o", "out.exe"], ".exe"),
        (["cartoon", "a.png", "--preset", "nonsense"], "nonsense"),
        (["paint"], "paint"),
        ([], "required"),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(
    here: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main([*arguments, *(["--language", "en"] if arguments else [])])
    except SystemExit as left:
        code = int(str(left.code))
    told = capsys.readouterr()
    assert code == USAGE
    assert words in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert told.out == ""
    assert sorted(path.name for path in here.iterdir()) == ["a.png"]


def test_a_picture_becomes_a_picture_where_the_user_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cartoon", "a.png", "-o", "out.png", "--style", "pencil", "--seed", "3", "--quiet"]) == DONE
    assert capsys.readouterr().out.strip() == "out.png"
    assert (here / "out.png").read_bytes()[:4] == b"\x89PNG"
    assert sorted(path.name for path in here.iterdir()) == ["a.png", "out.png"]


def test_json_tells_what_was_done(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cartoon", "a.png", "--json", "--quiet", "--no-output-hardware", "--ink-lines", "0.25"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "done"
    assert told["request"]["ink"]["lines"] == 0.25
    assert Path(told["files"][0]).is_file()
    assert main(["jobs", "--json"]) == DONE
    assert [job["id"] for job in json.loads(capsys.readouterr().out)] == [told["id"]]


def test_the_ending_decides_the_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip(here / "a.mp4", frames=6)
    assert main(["cartoon", "a.mp4", "-o", "out.webm", "--json", "--quiet"]) == DONE
    assert json.loads(capsys.readouterr().out)["request"]["output"]["format"] == "webm"
    assert (here / "out.webm").read_bytes()[:4] == b"\x1aE\xdf\xa3"


def test_a_file_that_is_no_picture_is_one_sentence(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "text.mp4").write_text("not a film")
    assert main(["cartoon", "text.mp4"]) in (USAGE, FAILED)
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert "text.mp4" in told[0]


def test_libraries_write_nothing_on_the_terminal(here: Path) -> None:
    sample = str(ROOT / "assets" / "samples" / "astronaut.jpg")
    done = studio(
        "cartoon", sample, "--layers-cut", "person", "--layers-background", "blur", "-o", "out.png", "--quiet"
    )
    assert (done.returncode, done.stderr, done.stdout) == (DONE, "", "out.png\n")


def test_tasks_and_models(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "--json"]) == DONE
    assert [item["name"] for item in json.loads(capsys.readouterr().out)] == list(tasks())
    assert main(["models"]) == DONE
    assert "animeganv2-hayao" in capsys.readouterr().out
    assert main(["models", "list", "--json", "--language", "zh-CN"]) == DONE
    assert all(item["state"] == "missing" for item in json.loads(capsys.readouterr().out))
    assert main(["models", "import", "white-box", "none.onnx"]) == FAILED
    assert main(["models", "delete", "no-such-card"]) == FAILED


def started(here: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "studio", "cartoon", "long.mp4", "-o", "out.mp4", "--style", "paint", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    segments = here.parent / "data" / "jobs"

    def begun() -> bool:
        assert process.poll() is None, process.communicate()
        return any(path.suffix in {".mp4", ".mkv"} for path in segments.rglob("*"))

    until(begun)
    return process


@pytest.mark.slow
def test_ctrl_c_cancels_cleanly(here: Path) -> None:
    clip(here / "long.mp4", frames=900, width=320, height=240)
    process = started(here, "--language", "en")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == CANCELLED
    assert "Cancelled" in told
    assert "Traceback" not in told
    assert sorted(path.name for path in here.iterdir()) == ["a.png", "long.mp4"]


@pytest.mark.slow
def test_the_same_command_after_a_kill_goes_on(here: Path) -> None:
    clip(here / "long.mp4", frames=300, width=320, height=240)
    process = started(here)
    process.kill()
    process.communicate()
    assert not (here / "out.mp4").exists()
    again = studio("cartoon", "long.mp4", "-o", "out.mp4", "--style", "paint", "--json", "--language", "en")
    assert again.returncode == DONE, again.stderr
    assert "interrupted" in again.stderr
    assert json.loads(again.stdout)["result"]["frames"] == 300
    assert (here / "out.mp4").is_file()


def test_words_for_time_size_and_tables() -> None:
    assert [duration(value) for value in (0.4, 61, 3661)] == ["0:00", "1:01", "1:01:01"]
    assert [size(value) for value in (999, 1000, 2_500_000, 7e12)] == ["999 B", "1.0 kB", "2.5 MB", "7000.0 GB"]
    assert table([("a", "b"), ("中文", "c")]) == "a     b\n中文  c"


def test_no_option_hides_another() -> None:
    for lang in languages():
        build_parser(lang)


def test_a_task_of_several_steps_gives_its_result_and_not_what_led_to_it(place_of_work, capsys):
    assert (
        main(
            [
                "character",
                "--seed",
                "7",
                "--height",
                "256",
                "--scale",
                "1",
                "--until",
                "draw",
                "-o",
                "one.png",
                "--quiet",
            ]
        )
        == DONE
    )
    told = capsys.readouterr().out.splitlines()
    assert told[-1].endswith("one.png") and [file.name for file in place_of_work.glob("*.png")] == ["one.png"]
    assert (
        main(["character", "--seed", "7", "--height", "256", "--until", "masks", "-o", "map.png", "--json", "--quiet"])
        == DONE
    )
    made = json.loads(capsys.readouterr().out)
    assert made["result"]["drawing"] is None and Path(made["result"]["masks"]).is_file()
