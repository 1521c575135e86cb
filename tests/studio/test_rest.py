"""The REST face, over a real server with a real studio behind it."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest

from studio.media import media_values
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks import flatten, tasks, unflatten
from tests.serving import clip, job_over, picture, served_studio
from tests.waiting import until

API = "/api/v1"
LIMIT_MB = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Studio]]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("rest"), max_upload_mb=LIMIT_MB, jobs_per_owner=5, device="cpu"
    )
    with served_studio(settings) as found:
        yield found


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("film") / "клип 1.mp4")


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("film") / "long.mp4", frames=600, width=320, height=240)


def upload(client: httpx.Client, name: str = "a.png", content: bytes | None = None) -> dict[str, Any]:
    answer = client.post(f"{API}/assets", files={"file": (name, content or picture())})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()[0]
    return found


def error(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    assert found["message"]
    assert "Traceback" not in answer.text
    return found


def test_health_and_who_one_is(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}
    me = client.get(f"{API}/me").json()
    assert me["upload_bytes_allowed"] == LIMIT_MB * 1024**2
    assert client.get(f"{API}/me").json()["owner"] == me["owner"]


def test_every_task_and_setting_is_described(client: httpx.Client) -> None:
    schema = client.get(f"{API}/openapi.json").json()
    for name in tasks():
        body = schema["paths"][f"/tasks/{name}"]["post"]["requestBody"]["content"]
        for kind in ("application/json", "multipart/form-data"):
            properties = body[kind]["schema"]["properties"]
            assert all(part.get("description") or part.get("title") for part in properties.values())
        jsonschema.validate(body["application/json"]["example"], body["application/json"]["schema"])
        validated = tasks()[name].request.model_validate(
            unflatten(tasks()[name].request, body["application/json"]["example"])
        )
        media = {medium.field.name: medium.field.shape for medium in media_values(validated)}
        fields = [field for field in flatten(tasks()[name].request) if field.media]
        assert bool(media) == any(field.required or field.extra.get("usual") for field in fields)
        for field, shape in media.items():
            part = body["multipart/form-data"]["schema"]["properties"][field]
            assert (part["items"] if shape == "many" else part)["format"] == "binary"
    listed = client.get(f"{API}/tasks").json()
    assert [item["name"] for item in listed] == list(tasks())
    described = {item["name"]: item["request_schema"]["properties"] for item in listed}
    assert described["cartoon"]["ink_lines"]["maximum"] == 1
    assert client.get(f"{API}/tasks/cartoon/presets").status_code == 200
    text = json.dumps(schema)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        target: Any = schema
        for key in reference.removeprefix("#/").split("/"):
            target = target[key]


def test_a_form_with_a_file_gives_a_job_and_the_job_a_picture(client: httpx.Client) -> None:
    answer = client.post(
        f"{API}/tasks/cartoon", params={"wait": 120}, files={"source": ("Портрет 肖像.png", picture())},
        data={"style": "ink", "ink.lines": "0.8", "hold": "1", "end": "", "output_hardware": "false"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    job = answer.json()
    assert job["state"] == "done", job
    assert job["request"]["ink"]["lines"] == 0.8
    assert job["request"]["end"] is None
    assert job["engine"]
    assert job["why"].endswith(".")
    (output,) = job["outputs"]
    assert output["role"] == "output"
    assert job["result"]["output"] == output["id"]
    file = client.get(output["url"])
    assert file.headers["content-type"] == output["mime"]
    assert file.headers["x-content-type-options"] == "nosniff"
    assert len(file.content) == output["bytes"]
    assert client.get(output["thumb"]).headers["content-type"] == "image/jpeg"
    names = [item["name"] for item in client.get(f"{API}/assets", params={"role": "input"}).json()]
    assert names == ["Портрет 肖像.png"]


def test_json_takes_ids_and_nested_or_flat_settings(client: httpx.Client) -> None:
    asset = upload(client)
    body = {"source": asset["id"], "style": "cel", "cel": {"colours": 8}, "output.quality": "draft", "seed": 7}
    answer = client.post(f"{API}/tasks/cartoon", json=body)
    assert answer.status_code == 202
    assert answer.headers["location"].endswith(answer.json()["id"])
    job = job_over(client, answer.json())
    assert job["state"] == "done", job
    assert job["request"]["cel"]["colours"] == 8
    assert job["result"]["seed"] == 7


@pytest.mark.parametrize(
    ("body", "status", "key", "field"),
    [
        ({"source": "x", "ink_line": 1}, 400, "face.no_field", "ink_line"),
        ({"source": "x", "ink": {"lins": 1}}, 400, "face.no_field", "ink.lins"),
        ({"source": "/etc/passwd"}, 404, "face.no_asset", "source"),
        ({"source": "../../etc/passwd"}, 404, "face.no_asset", "source"),
        ({"source": "https://example.org/a.mp4"}, 404, "face.no_asset", "source"),
        ({"source": ["a"]}, 404, "face.no_asset", "source"),
        ({"source": "nobodys"}, 404, "library.unknown", None),
        ({}, 400, "job.missing", "source"),
        ([1], 400, "rest.json", None),
    ],
)
def test_bad_requests_name_what_is_wrong(
    client: httpx.Client, body: Any, status: int, key: str, field: str | None
) -> None:
    answer = client.post(f"{API}/tasks/cartoon", json=body)
    found = error(answer)
    assert (answer.status_code, found["key"]) == (status, key)
    if field:
        assert found["field"] == field


def test_an_unknown_name_comes_with_the_closest_known_one(client: httpx.Client) -> None:
    assert "ink_lines" in error(client.post(f"{API}/tasks/cartoon", json={"ink_line": 1}))["message"]
    assert "cartoon" in error(client.post(f"{API}/tasks/cartoons", json={}))["message"]


def test_a_value_out_of_bounds_is_refused_before_any_work(client: httpx.Client) -> None:
    asset = upload(client)
    answer = client.post(f"{API}/tasks/cartoon", json={"source": asset["id"], "ink_lines": 7})
    assert answer.status_code == 400
    assert client.get(f"{API}/jobs").json() == []


@pytest.mark.parametrize(
    ("lang", "word"), [("ru-RU,ru;q=0.9", "нет"), ("zh-CN", "没有"), ("en", "There is no"), ("xx", "There is no")]
)
def test_errors_speak_the_callers_language(client: httpx.Client, lang: str, word: str) -> None:
    answer = client.post(f"{API}/tasks/cartoon", json={"nonsense": 1}, headers={"accept-language": lang})
    assert word in error(answer)["message"]


@pytest.mark.parametrize(
    "path", ["/jobs/nope", "/assets/nope", "/assets/nope/file", "/nowhere", "/models/nope", "/tasks/nope"]
)
def test_what_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    answer = client.get(API + path)
    assert answer.status_code == 404
    assert error(answer)["key"]


def test_a_wrong_method_and_a_wrong_value_are_sentences(client: httpx.Client) -> None:
    assert error(client.put(f"{API}/jobs"))["key"] == "rest.method"
    assert error(client.get(f"{API}/jobs", params={"limit": "many"}))["field"] == "limit"


@pytest.mark.parametrize("name", ["text.mp4", "empty.png", "page.html", "drawing.svg"])
def test_uploads_are_known_by_their_content(client: httpx.Client, name: str) -> None:
    content = {
        "text.mp4": b"not a film",
        "empty.png": b"",
        "page.html": b"<script>1</script>",
        "drawing.svg": b"<svg/>",
    }[name]
    answer = client.post(f"{API}/assets", files={"file": (name, content)})
    assert answer.status_code == 400
    error(answer)


def test_an_upload_over_the_limit_is_413_with_and_without_a_length(
    client: httpx.Client, server: tuple[str, Studio]
) -> None:
    big = b"x" * (LIMIT_MB * 1024**2 + 1)
    answer = client.post(f"{API}/assets", files={"file": ("big.mp4", big)})
    assert (answer.status_code, error(answer)["key"]) == (413, "rest.upload")

    def stream() -> Iterator[bytes]:
        yield b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        for _ in range(LIMIT_MB * 16 + 1):
            yield b"x" * 65536
        yield b"\r\n--xx--\r\n"

    answer = client.post(
        f"{API}/assets", content=stream(), headers={"content-type": "multipart/form-data; boundary=xx"}
    )
    assert answer.status_code == 413
    left = server[1].settings.data_dir / "tmp" / "uploads"
    assert list(left.iterdir()) == []


def test_the_limit_holds_while_bytes_arrive(server: tuple[str, Studio]) -> None:
    """A client that says nothing of the length is cut off long before it has sent everything."""
    split = urlsplit(server[0])
    with socket.create_connection((split.hostname, split.port), timeout=20) as line:
        head = (
            f"POST {API}/assets HTTP/1.1\r\nHost: {split.netloc}\r\nContent-Type: multipart/form-data; boundary=xx\r\n"
        )
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        part = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        sent = 0
        try:
            line.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            for _ in range(1000):
                line.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
        except OSError:
            pass
        assert sent < 48 * 1024**2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"--xx\r\nbroken", "multipart/form-data; boundary=xx"),
        (
            b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
            "multipart/form-data; boundary=xx",
        ),
        (b"", "multipart/form-data; boundary=xx"),
        (b"x", "multipart/form-data"),
        (b"x", "text/plain"),
        (b"{", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"--xx\r\nX: " + b"a" * 20_000, "multipart/form-data; boundary=xx"),
    ],
)
def test_broken_bodies_are_clear_errors(client: httpx.Client, content: bytes, kind: str) -> None:
    answer = client.post(f"{API}/tasks/cartoon", content=content, headers={"content-type": kind})
    assert answer.status_code == 400
    error(answer)


def test_nothing_of_an_owners_is_seen_or_touched_by_another(client: httpx.Client, other: httpx.Client) -> None:
    asset = upload(client)
    job = client.post(f"{API}/tasks/cartoon", params={"wait": 120}, json={"source": asset["id"]}).json()
    mine = [asset["id"], job["outputs"][0]["id"]]
    for asset_id in mine:
        for path in (
            f"/files/{asset_id}",
            f"/thumbs/{asset_id}",
            f"{API}/assets/{asset_id}",
            f"{API}/assets/{asset_id}/file",
        ):
            assert client.get(path).status_code == 200
            assert other.get(path).status_code == 404
        assert other.delete(f"{API}/assets/{asset_id}").status_code == 404
        assert other.put(f"{API}/assets/{asset_id}/tags", json={"tags": ["x"]}).status_code == 404
    for path in (f"{API}/jobs/{job['id']}", f"{API}/jobs/{job['id']}/events", f"/previews/{job['id']}"):
        assert other.get(path).status_code == 404
    assert other.delete(f"{API}/jobs/{job['id']}").status_code == 404
    assert other.post(f"{API}/jobs/{job['id']}/retry").status_code == 404
    assert other.post(f"{API}/tasks/cartoon", json={"source": asset["id"]}).status_code == 404
    assert other.post(f"{API}/assets/zip", json={"ids": mine}).status_code == 404
    assert other.get(f"{API}/assets").json() == other.get(f"{API}/jobs").json() == []


def test_a_file_is_served_by_range_with_a_unicode_name(client: httpx.Client, film: Path) -> None:
    asset = upload(client, "фильм 电影.mp4", film.read_bytes())
    part = client.get(asset["url"], headers={"range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 10-19/{asset['bytes']}"
    assert part.content == film.read_bytes()[10:20]
    tail = client.get(asset["url"], headers={"range": "bytes=-5"})
    assert tail.content == film.read_bytes()[-5:]
    assert client.get(asset["url"], headers={"range": f"bytes={asset['bytes']}-"}).status_code == 416
    head = client.head(asset["url"])
    assert (head.status_code, head.headers["accept-ranges"]) == (200, "bytes")
    assert head.headers["content-disposition"].startswith("inline")
    assert "filename*=utf-8''" in head.headers["content-disposition"].lower()
    assert client.get(asset["url"], params={"download": ""}).headers["content-disposition"].startswith("attachment")
    assert asset["seconds"] == pytest.approx(1.0, abs=0.05)


def test_tags_search_zip_and_delete(client: httpx.Client) -> None:
    asset = upload(client, "a.png")
    second = upload(client, "b.png", picture(seed=1))
    client.put(f"{API}/assets/{asset['id']}/tags", json={"tags": ["hero"]})
    assert [item["id"] for item in client.get(f"{API}/assets", params={"tag": "hero"}).json()] == [asset["id"]]
    archive = client.post(f"{API}/assets/zip", json={"ids": [asset["id"], second["id"]]})
    assert archive.content[:2] == b"PK"
    assert client.delete(f"{API}/assets/{asset['id']}").status_code == 204
    assert client.get(asset["url"]).status_code == 404


def test_events_follow_a_job_to_its_end(client: httpx.Client, film: Path, long_film: Path) -> None:
    before, asset = (upload(client, item.name, item.read_bytes()) for item in (long_film, film))
    busy = client.post(f"{API}/tasks/cartoon", json={"source": before["id"], "style": "paint"}).json()
    job = client.post(f"{API}/tasks/cartoon", json={"source": asset["id"]}).json()
    seen = []
    with client.stream("GET", f"{API}/jobs/{job['id']}/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        for line in events.iter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line.removeprefix("data: ")))
                if len(seen) == 1:
                    httpx.delete(f"{client.base_url}{API}/jobs/{busy['id']}", cookies=client.cookies)
    assert (seen[0]["state"], seen[-1]["state"]) == ("queued", "done")
    assert seen[-1]["result"]["frames"] == 24


def test_a_running_job_is_cancelled(client: httpx.Client, long_film: Path) -> None:
    asset = upload(client, "long.mp4", long_film.read_bytes())
    job = client.post(f"{API}/tasks/cartoon", json={"source": asset["id"], "style": "paint"}).json()
    until(lambda: client.get(f"{API}/jobs/{job['id']}").json()["done"])
    client.delete(f"{API}/jobs/{job['id']}")
    ended = job_over(client, job)
    assert ended["state"] == "cancelled"
    assert ended["outputs"] == []


def test_too_many_jobs_of_one_owner_are_429_and_others_are_answered(
    client: httpx.Client, other: httpx.Client, long_film: Path
) -> None:
    asset = upload(client, "long.mp4", long_film.read_bytes())
    answers = [client.post(f"{API}/tasks/cartoon", json={"source": asset["id"], "style": "paint"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert other.get("/healthz").status_code == 200
    for answer in answers[:5]:
        client.delete(f"{API}/jobs/{answer.json()['id']}")
    for answer in answers[:5]:
        assert job_over(client, answer.json())["state"] == "cancelled"


def test_many_small_jobs_from_several_clients_are_all_done_once(server: tuple[str, Studio]) -> None:
    found: list[dict[str, Any]] = []

    def work(number: int) -> None:
        with httpx.Client(base_url=server[0], timeout=180) as client:
            client.get(f"{API}/me")
            for index in range(3):
                job = client.post(
                    f"{API}/tasks/cartoon",
                    params={"wait": 120},
                    files={"source": ("a.png", picture(48, seed=number * 3 + index))},
                ).json()
                found.append(job)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [job["state"] for job in found] == ["done"] * 12
    assert len({job["outputs"][0]["id"] for job in found}) == 12


def test_rights_are_confirmed_by_each_owner_and_withdrawn(client: httpx.Client, other: httpx.Client) -> None:
    path = f"{API}/rights/cartoon"
    assert client.get(path).json() == {"task": "cartoon", "confirmed": False}
    assert [client.put(path).json()["confirmed"] for _ in range(2)] == [True, True]
    assert (client.get(path).json()["confirmed"], other.get(path).json()["confirmed"]) == (True, False)
    assert client.delete(path).json()["confirmed"] is False
    assert client.put(f"{API}/rights/nothing").status_code == 404


def test_models_of_deleted_files_leave_the_memory(client: httpx.Client, server: tuple[str, Studio]) -> None:
    memory = server[1].memory
    with memory.use("own-style/2", "cpu", lambda: bytes(1000)):
        pass
    assert client.get(f"{API}/models/own-style").json()["resident"]
    assert client.delete(f"{API}/models/own-style").json()["resident"] is False
    assert not memory.holds("own-style")


def test_models_are_listed_and_unknown_ones_refused(client: httpx.Client) -> None:
    models = client.get(f"{API}/models", headers={"accept-language": "ru"}).json()
    assert {"animeganv2-hayao", "white-box"} <= {item["id"] for item in models}
    assert all(item["licence"] and item["state"] in ("installed", "partial", "missing", "changed") for item in models)
    assert client.post(f"{API}/models/unload").status_code == 200
    locked = next(item for item in models if not item["commercial"] and not item["by_hand"])
    answer = client.post(f"{API}/models/{locked['id']}/download")
    assert (answer.status_code, error(answer)["key"]) == (403, "models.accept")
    wrong = client.post(f"{API}/models/{locked['id']}/files", files={"file": ("model.onnx", b"not a model")})
    assert wrong.status_code == 400


def test_strangers_of_a_public_studio_may_not_administer_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, public=True, api_tokens="sesame", device="cpu")  # type: ignore[arg-type]
    with served_studio(settings) as (address, _), httpx.Client(base_url=address) as client:
        for method, path in (
            ("POST", "unload"),
            ("DELETE", "white-box"),
            ("POST", "white-box/download"),
            ("POST", "white-box/files"),
        ):
            answer = client.request(method, f"{API}/models/{path}")
            assert (answer.status_code, error(answer)["key"]) == (403, "rest.admin")
        assert client.post(f"{API}/models/unload", headers={"authorization": "Bearer sesame"}).status_code == 200
        forged = {"x-studio-admin": "1", "x-studio-owner": "local"}
        assert client.post(f"{API}/models/unload", headers=forged).status_code == 403


def test_a_token_stands_for_its_owner(client: httpx.Client, server: tuple[str, Studio]) -> None:
    asset = upload(client)
    made = client.post(f"{API}/tokens", json={"name": "script"}).json()
    token = made["token"]
    assert [(item["id"], item["name"]) for item in client.get(f"{API}/tokens").json()] == [(made["id"], "script")]
    for headers in ({"authorization": f"Bearer {token}"}, {"x-api-key": token}):
        assert httpx.get(f"{server[0]}{asset['url']}", headers=headers).status_code == 200
    answer = httpx.get(f"{server[0]}{API}/me", headers={"x-api-key": token + "x"})
    assert (answer.status_code, error(answer)["key"]) == (401, "owner.token")
    assert client.delete(f"{API}/tokens/{made['id']}").status_code == 204
    assert httpx.get(f"{server[0]}{API}/me", headers={"x-api-key": token}).status_code == 401


def test_own_parts_are_added_listed_and_removed(client: httpx.Client) -> None:
    file = {"file": ("hat.png", picture())}
    answer = client.post(
        f"{API}/parts", files=file, data={"region": "hair", "labels": "red hat, cap", "licence": "CC0"}
    )
    assert answer.status_code == 201, answer.text
    added = answer.json()
    assert (added["labels"], added["title"], added["licence"]) == (["red hat", "cap"], "hat", "CC0")
    assert client.get(f"{API}/parts").json() == [added]
    assert client.get(added["url"]).headers["content-type"] == "image/png"
    refused = client.post(f"{API}/parts", files=file, data={"region": "tail", "labels": "x"})
    assert refused.status_code == 400 and error(refused)["key"] == "character.no_region"
    assert client.delete(f"{API}/parts/{added['id']}").status_code == 204
    assert client.get(f"{API}/parts").json() == [] and client.delete(f"{API}/parts/{added['id']}").status_code == 404
