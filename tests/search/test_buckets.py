"""Footage in a bucket: a real S3-speaking server on loopback, read in ranges."""

from collections.abc import Iterator

import boto3
import httpx
import pytest
import s3fs
from moto.server import ThreadedMotoServer
from PIL import Image

from studio.errors import NotAllowed
from studio.settings import Settings
from studio.studio import Studio
from tests.search.looking import film, over, scene
from tests.serving import served_studio

BUCKET, API = "warehouse", "/api/v1"


@pytest.fixture
def bucket(tmp_path, monkeypatch) -> Iterator[object]:
    """Two films, one with subtitles, a picture, and what is none of them."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port())),
    ):
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    for number in range(2):
        file = film(tmp_path / "made" / f"film {number}.mp4", [number * 10 + one for one in range(3)])
        client.upload_file(str(file), BUCKET, f"2026/spring/film {number}.mp4")
    Image.fromarray(scene(50)).save(tmp_path / "still.png")
    client.upload_file(str(tmp_path / "still.png"), BUCKET, "2026/still.png")
    subtitles = b"1\n00:00:02,100 --> 00:00:02,900\nThe harbour at dawn\n"
    client.put_object(Bucket=BUCKET, Key="2026/spring/film 1.srt", Body=subtitles)
    client.put_object(Bucket=BUCKET, Key="2026/notes.txt", Body=b"no footage")
    yield client
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_bucket_is_indexed_kept_in_step_played_and_cut_from(bucket, tmp_path):
    place = f"s3://{BUCKET}/2026"
    settings = Settings(data_dir=tmp_path / "data", device="cpu")
    with served_studio(settings) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
        asked = {"folder": place, "library": "films"}
        job = client.post(f"{API}/tasks/search_add", params={"wait": 60}, json=asked).json()
        assert (job["state"], job["result"]["added"], job["result"]["unread"]) == ("done", 3, []), job
        Image.fromarray(scene(11)).save(tmp_path / "q.png")
        question = {"source": (tmp_path / "q.png").read_bytes()}
        found = client.post(f"{API}/search/find", files=question, data={"library": "films"}).json()["records"][0]
        assert found["file"] == f"{place}/spring/film 1.mp4" and found["start_s"] <= 1.3 < found["end_s"]
        said = client.post(f"{API}/search/find", json={"library": "films", "words": "harbour"}).json()["records"]
        assert [one["at_s"] for one in said] == [pytest.approx(2.1)]
        whole, play = (tmp_path / "made" / "film 1.mp4").read_bytes(), found["play"].partition("#")[0]
        part = client.get(play, headers={"Range": "bytes=100-299"})
        assert (part.status_code, part.content) == (206, whole[100:300])
        assert part.headers["content-range"] == f"bytes 100-299/{len(whole)}"
        assert client.get(play).content == whole
        assert client.get(play, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
        cut = {"library": "films", "shot": found["shot"]}
        job = client.post(f"{API}/tasks/search_export", params={"wait": 60}, json=cut).json()
        assert job["state"] == "done" and job["outputs"][0]["kind"] == "video", job
        bucket.delete_object(Bucket=BUCKET, Key="2026/spring/film 0.mp4")
        job = client.post(f"{API}/tasks/search_add", params={"wait": 60}, json=asked).json()
        assert (job["result"]["added"], job["result"]["known"], job["result"]["removed"]) == (0, 2, 1)


def test_a_bucket_that_is_not_there_is_told(bucket, studio):
    for place in (f"s3://{BUCKET}/nothing", "s3://elsewhere/a"):
        job = over(studio, studio.submit("search_add", {"folder": place, "library": "films"}, "anna"))
        assert job.state == "failed" and job.error[0] == "search.no_folder"


@pytest.mark.parametrize(
    ("settings", "owner", "may"),
    [
        ({}, "anna", True),
        ({"host": "0.0.0.0"}, "anna", False),
        ({"host": "0.0.0.0"}, "local", True),
        ({"host": "0.0.0.0"}, "user:anna", True),
        ({"host": "0.0.0.0", "footage": "s3://warehouse/2026, /elsewhere"}, "anna", True),
        ({"footage": "s3://warehouse/2025,s3://warehouse/20"}, "anna", False),
        ({"public": True, "footage": "s3://warehouse/2026"}, "user:anna", False),
    ],
)
def test_who_may_name_places_of_the_server(tmp_path, settings, owner, may):
    made = Studio(Settings(data_dir=tmp_path / "data", device="cpu", **settings))
    try:
        places = made.shelves(owner).places
        if may:
            places.check("s3://warehouse/2026/spring")
        else:
            with pytest.raises(NotAllowed):
                places.check("s3://warehouse/2026/spring")
    finally:
        made.close()


def test_a_way_out_of_a_folder_is_none(tmp_path):
    made = Studio(Settings(data_dir=tmp_path / "data", device="cpu", footage=f"{tmp_path}/in"))  # type: ignore[arg-type]
    try:
        made.shelves("anna").places.check(f"{tmp_path}/in/spring")
        for place in (f"{tmp_path}/in/../other", f"{tmp_path}/inside", "/", "s3://in/a"):
            with pytest.raises(NotAllowed):
                made.shelves("anna").places.check(place)
    finally:
        made.close()
