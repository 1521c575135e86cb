"""The language model as a describer, against a real server."""

import base64
import io
import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from engines.describe.llm import run as describe
from studio.errors import Cancelled, StudioError
from studio.run import Run
from studio.services import Services
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.describe import DescribeRequest, DescribeResult
from tests.waiting import PATIENCE_S
from tests.words.llm_server import KEY, MODEL, LlmServer, error, llm_server, says, silent


def caption(*lines: tuple[str, str], **more: str) -> dict:
    return {"lines": [{"section": section, "english": english, **more} for section, english in lines]}


ELF = caption(
    ("subject", "A tall elf."), ("hair", "silver hair, tied back"), ("held", "Holding a Lantern"), ("negative", "blur")
)


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    files = [tmp_path / f"{name}.png" for name in ("one", "two", "three")]
    for number, file in enumerate(files):
        Image.new("RGB", (1600 + number, 40), (40 * number, 90, 90)).save(file)
    return [str(file) for file in files]


def told(folder: Path, server: LlmServer, pictures: list[str], **asked) -> DescribeResult:
    given = Services().read({"llm": {"url": server.url, "key": KEY, "model": MODEL}})
    run = Run.local(folder / "work", folder / "out", seed=3, services=given)
    return describe(DescribeRequest(pictures=tuple(pictures), **asked), run)


def test_a_caption_is_lower_case_in_phrases(tmp_path, pictures):
    with llm_server(says(ELF)) as server:
        found = told(tmp_path, server, pictures[:1], trigger="Anna")
    one = found.pictures[0]
    assert one.caption == "Anna, a tall elf, silver hair tied back, holding a lantern"
    assert [line.section for line in one.sheet.lines] == ["subject", "hair", "held"]
    assert "silver hair" in one.tags
    assert found.usage and (found.usage.model, found.usage.tokens_in) == (MODEL, 100)
    rules, asked = server.asked[0]["messages"]
    assert "gerunds or passives" in rules["content"] and "as accurately and in as much detail as" in rules["content"]
    url = asked["content"][1]["image_url"]["url"].removeprefix("data:image/jpeg;base64,")
    sent = Image.open(io.BytesIO(base64.b64decode(url)))
    assert (sent.format, max(sent.size)) == ("JPEG", 1024)


def test_the_readers_language_stands_in_the_sheet(tmp_path, pictures):
    with llm_server(says(caption(("subject", "a tall elf"), text="высокий эльф"))) as server:
        one = told(tmp_path, server, pictures[:1], language="ru").pictures[0]
    assert (one.caption, one.sheet.lines[0].text) == ("a tall elf", "высокий эльф")


def test_captions_become_files(tmp_path, pictures):
    with llm_server(says(ELF)) as server:
        found = told(tmp_path, server, pictures, write="txt")
    assert found.output
    with zipfile.ZipFile(found.output) as archive:
        assert sorted(archive.namelist()) == ["one.txt", "three.txt", "two.txt"]


def test_a_model_that_writes_plain_text_is_understood(tmp_path, pictures):
    with llm_server(says("- A tall elf\n- silver hair\n- a grey cloak.")) as server:
        one = told(tmp_path, server, pictures[:1]).pictures[0]
    assert one.caption == "a tall elf, silver hair, a grey cloak"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("I'm sorry, but I can't help with pictures of people, faces, or crowds.", "refuses"),
        ("An elf", "“An elf”"),
        ('{"lines": [', "form"),
    ],
)
def test_no_caption_is_made_of_anything_else(tmp_path, pictures, answer, words):
    with llm_server(says(answer)) as server:
        one = told(tmp_path, server, pictures[:1]).pictures[0]
    assert one.caption == "" and words in one.problem


def test_a_picture_that_is_refused_leaves_the_others_alone(tmp_path, pictures):
    refusal = error(400, "filtered", "content_filter")
    with llm_server(says(ELF), refusal, says(ELF)) as server:
        found = told(tmp_path, server, pictures)
    assert [bool(one.problem) for one in found.pictures] == [False, True, False]


def test_a_server_that_is_closed_ends_the_work_at_once(tmp_path, pictures):
    with llm_server(error(401, "no")) as server, pytest.raises(StudioError) as caught:
        told(tmp_path, server, pictures)
    assert caught.value.key == "llm.key" and len(server.asked) == 1


def test_what_was_described_before_the_server_closed_is_kept(tmp_path, pictures):
    with llm_server(says(ELF), error(402, "pay")) as server:
        found = told(tmp_path, server, pictures)
        assert [bool(one.caption) for one in found.pictures] == [True, False, False]
        assert len(server.asked) == 2, "a closed server isn't asked for every picture"
        server.on(says(ELF))
        assert all(one.caption for one in told(tmp_path, server, pictures).pictures)
        assert len(server.asked) == 4, "what was answered isn't asked again"


def test_a_cancelled_job_leaves_a_silent_server(tmp_path, pictures, monkeypatch):
    with llm_server(silent()) as server, pytest.raises(Cancelled):

        def step(self: Run, *done: object, **more: object) -> None:
            if server.asked:
                raise Cancelled

        monkeypatch.setattr(Run, "step", step)
        told(tmp_path, server, pictures)
    assert len(server.asked) == 1


def test_the_studio_describes_with_the_server_of_its_settings(tmp_path, pictures):
    with llm_server(says(ELF)) as server:
        settings = Settings(data_dir=tmp_path / "data", device="cpu", llm_url=server.url, llm_key=KEY, llm_model=MODEL)
        with closing(Studio(settings)) as studio:
            ids = [studio.library.add(Path(file), "ann").id for file in pictures]
            studio.start()
            job = studio.submit("describe", {"pictures": ids, "write": "jsonl"}, "ann")
            job = list(studio.watch(job.id, "ann", PATIENCE_S))[-1]
            assert (job.state, job.engine, job.error) == ("done", "llm", None)
            rows = [json.loads(line) for line in studio.outputs(job)[0].path.read_text().splitlines()]
    assert [row["file_name"] for row in rows] == ["one.png", "two.png", "three.png"]
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert b"holding a lantern" in kept and KEY.encode() not in kept
