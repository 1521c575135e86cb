import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from studio.card import Card, read_card
from studio.cards import OWN, SHIPPED, Cards
from studio.engine import Engine, Found, Means, lacking
from studio.errors import BadInput, NotAllowed, NotFound, Unavailable
from studio.hubs import Address, Hubs
from studio.settings import Settings
from studio.texts import languages

DATA = b"\x08\x09" + bytes(range(256)) * 40
SHA = hashlib.sha256(DATA).hexdigest()

CARD = f"""
id = "demo"
task = "cartoon"
licence = "Demo: non-commercial"
licence_url = "https://example.org/licence"
commercial = false
homepage = "https://example.org"
revision = "abc"
[title]
en = "Demo"
zh-CN = "演示"
ru = "Демо"
[summary]
en = "A model."
zh-CN = "一个模型。"
ru = "Модель."
[[files]]
name = "net.onnx"
bytes = {len(DATA)}
sha256 = "{SHA}"
[[files.sources]]
hub = "url"
url = "http://127.0.0.1:1/net.onnx"
[[files.sources]]
hub = "modelscope"
repo = "own/demo"
path = "weights/net 1.onnx"
[[files.sources]]
hub = "hf"
repo = "own/demo"
path = "net.onnx"
[[files]]
name = "extra.bin"
verify = "first-use"
"""


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "demo.toml").write_text(CARD, encoding="utf-8")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def cards(settings: Settings, shipped: Path) -> Cards:
    return Cards(settings, shipped=shipped)


@pytest.fixture(autouse=True)
def settling(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Files lie still at once here; the fixture's function says otherwise."""

    def settle(still: bool) -> None:
        monkeypatch.setattr("studio.cards.SETTLE_S", 0.0 if still else 3600.0)

    settle(True)
    return settle


def put(cards: Cards, name: str, data: bytes) -> Path:
    """Copy a file into the models folder as a person would."""
    path = cards.path("demo", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_every_shipped_card_is_whole_and_speaks_all_languages() -> None:
    found = [read_card(path) for path in sorted(SHIPPED.glob("*.toml"))]
    assert {"animeganv2-hayao", "animeganv3-shinkai", "white-box"} <= {card.id for card in found}
    for card in found:
        for lang in languages():
            assert card.title.text(lang) and card.summary.text(lang)
        assert card.summary.text("ru") != card.summary.text("en") != card.summary.text("zh-CN")
        if "AnimeGAN" in card.licence or "NC" in card.licence:
            assert not card.commercial


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'sha256 = "{SHA}"', ""),
        ('verify = "first-use"', ""),
        ('verify = "first-use"', f'verify = "first-use"\nsha256 = "{SHA}"'),
        ('name = "net.onnx"', 'name = "../net.onnx"'),
        ('name = "net.onnx"', 'name = "unet/../../net.onnx"'),
        ('name = "extra.bin"', 'name = "NET.onnx"'),
        ('url = "http://127.0.0.1:1/net.onnx"', 'url = "file:///etc/passwd"'),
        ('ru = "Модель."', ""),
        ("commercial = false", "commercial = false\nunknown = 1"),
        ('id = "demo"', 'id = "other"'),
        ('id = "demo"', "id = "),
    ],
)
def test_a_faulty_card_is_refused_with_its_name(shipped: Path, old: str, new: str) -> None:
    assert old in CARD
    path = shipped / "demo.toml"
    path.write_text(CARD.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=r"demo\.toml"):
        read_card(path)


def test_a_card_of_ones_own_is_found_and_a_broken_one_left_out(settings: Settings, shipped: Path) -> None:
    own = settings.models_dir / "cards"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text(CARD.replace('"demo"', '"mine"'), encoding="utf-8")
    (own / "bad.toml").write_text("id = 3", encoding="utf-8")
    assert [card.id for card in Cards(settings, shipped=shipped).all()] == ["demo", "mine"]


def test_addresses_follow_the_chosen_hub(settings: Settings, cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    card = cards.get("demo")
    huggingface = "https://huggingface.co/own/demo/resolve/abc/net.onnx"
    modelscope = "https://www.modelscope.cn/models/own/demo/resolve/master/weights/net%201.onnx"
    plain = "http://127.0.0.1:1/net.onnx"

    def urls(hubs: Hubs) -> list[str]:
        return [address.url for address in hubs.addresses(card, card.files[0])]

    assert urls(Hubs()) == [plain, modelscope, huggingface]
    assert urls(Hubs("huggingface")) == [huggingface, plain, modelscope]
    assert urls(Hubs("modelscope")) == [modelscope, plain, huggingface]
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    monkeypatch.setenv("HF_TOKEN", "from the environment")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hubs = Hubs.of(settings)
    assert hubs.offline
    assert hubs.addresses(card, card.files[0])[2] == Address("https://mirror.example/own/demo/resolve/abc/net.onnx")
    monkeypatch.delenv("HF_ENDPOINT")
    assert Hubs.of(settings).addresses(card, card.files[0])[2] == Address(huggingface, "from the environment")
    assert "environment" not in repr(Hubs.of(settings))


def test_files_put_in_by_hand_are_checked(cards: Cards, settling: Callable[[bool], None]) -> None:
    settling(False)
    assert cards.state("demo") == "missing"
    put(cards, "net.onnx", DATA)
    assert cards.state("demo") == "partial"
    assert cards.file("demo", "net.onnx").read_bytes() == DATA
    with pytest.raises(Unavailable, match="download it on the Models tab"):
        cards.file("demo", "extra.bin")
    put(cards, "extra.bin", b"half of")
    assert cards.file_state("demo", "extra.bin") == "partial"
    assert cards.sha256("demo", "extra.bin") is None
    put(cards, "extra.bin", b"half of it, then all")
    settling(True)
    assert cards.installed("demo")
    assert cards.sha256("demo", "extra.bin") == hashlib.sha256(b"half of it, then all").hexdigest()


@pytest.mark.parametrize("data", [DATA[:-1], bytes(len(DATA)), b"", DATA[:-1] + b"!"])
def test_a_wrong_file_is_refused(cards: Cards, data: bytes, settling: Callable[[bool], None]) -> None:
    settling(False)
    put(cards, "net.onnx", data)
    assert cards.file_state("demo", "net.onnx") in ("partial", "changed")
    settling(True)
    assert cards.file_state("demo", "net.onnx") == "changed"
    assert cards.state("demo") == "changed"
    with pytest.raises(Unavailable, match="isn't the one"):
        cards.file("demo", "net.onnx")


def test_a_file_that_changes_later_is_noticed(settings: Settings, shipped: Path, cards: Cards, tmp_path: Path) -> None:
    source = tmp_path / "extra.bin"
    source.write_bytes(b"first")
    cards.import_file("demo", source)
    path = cards.path("demo", "extra.bin")
    assert cards.file_state("demo", "extra.bin") == "installed"
    path.write_bytes(b"other")
    os.utime(path, (1, 1))
    again = Cards(settings, shipped=shipped)
    assert again.file_state("demo", "extra.bin") == "changed"
    path.write_bytes(b"first")
    assert again.file_state("demo", "extra.bin") == "installed"


def test_a_checked_file_is_not_read_again(cards: Cards) -> None:
    path = put(cards, "net.onnx", DATA)
    assert cards.file_state("demo", "net.onnx") == "installed"
    before = path.stat()
    path.write_bytes(bytes(len(DATA)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cards.file_state("demo", "net.onnx") == "installed"


def test_import_recognises_by_hash_then_by_name(cards: Cards, tmp_path: Path) -> None:
    for name, data in (("anything.dat", DATA), ("extra.bin", b"free")):
        (tmp_path / name).write_bytes(data)
    assert cards.import_file("demo", tmp_path / "anything.dat") == "net.onnx"
    assert cards.import_file("demo", tmp_path / "extra.bin") == "extra.bin"
    assert cards.installed("demo")
    assert cards.disk_bytes("demo") == len(DATA) + len(b"free")


def test_files_may_lie_in_folders_of_a_model(settings: Settings, shipped: Path, tmp_path: Path) -> None:
    text = CARD.replace('"net.onnx"', '"unet/net.onnx"', 1).replace('"extra.bin"', '"vae/net.onnx"')
    (shipped / "demo.toml").write_text(text, encoding="utf-8")
    cards = Cards(settings, shipped=shipped)
    (tmp_path / "net.onnx").write_bytes(b"\x08 of the vae")
    with pytest.raises(BadInput, match="unet/net.onnx, vae/net.onnx"):
        cards.import_file("demo", tmp_path / "net.onnx")
    (tmp_path / "mine.onnx").write_bytes(DATA)
    assert cards.import_file("demo", tmp_path / "mine.onnx") == "unet/net.onnx"
    assert cards.file("demo", "unet/net.onnx") == settings.models_dir / "demo" / "unet" / "net.onnx"


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("net.onnx", DATA[:-1], "models.wrong_file"),
        ("unknown.bin", b"x", "models.which_file"),
        ("extra.bin", b"", "models.not_a_model"),
    ],
)
def test_import_refuses(cards: Cards, tmp_path: Path, name: str, data: bytes, key: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput) as caught:
        cards.import_file("demo", tmp_path / name)
    assert caught.value.key == key
    assert cards.state("demo") == "missing"
    assert not list((cards.folder / "demo").glob("*.import"))


def test_an_imported_onnx_is_no_web_page(settings: Settings, tmp_path: Path) -> None:
    cards = Cards(settings)
    (tmp_path / "style.onnx").write_bytes(b"<!doctype html>")
    with pytest.raises(BadInput, match="web page"):
        cards.import_file("own-style", tmp_path / "style.onnx")
    shutil.copyfile(tmp_path / "style.onnx", tmp_path / "mine.onnx")
    (tmp_path / "mine.onnx").write_bytes(DATA)
    assert cards.import_file("own-style", tmp_path / "mine.onnx") == "style.onnx"
    assert cards.installed("own-style")


def test_a_folder_of_the_administrators_is_searched_checked_and_left_alone(shipped: Path, tmp_path: Path) -> None:
    own, nas = tmp_path / "flat", tmp_path / "nas" / "demo"
    own.mkdir()
    nas.mkdir(parents=True)
    (own / "net.onnx").write_bytes(DATA)
    (own / "extra.bin").write_bytes(b"anything, for nobody knows its hash")
    (nas / "extra.bin").write_bytes(b"extra")
    settings = Settings(data_dir=tmp_path / "data", model_paths=f"{own}{os.pathsep}{nas.parent}")  # type: ignore[arg-type]
    cards = Cards(settings, shipped=shipped)
    assert cards.installed("demo")
    assert (cards.file("demo", "net.onnx"), cards.file("demo", "extra.bin")) == (own / "net.onnx", nas / "extra.bin")
    for change in (lambda: cards.remove("demo"), lambda: cards.import_file("demo", own / "net.onnx")):
        with pytest.raises(NotAllowed, match="administrator"):
            change()
    assert {path.name for path in nas.iterdir()} == {"extra.bin"}
    (own / "net.onnx").write_bytes(bytes(len(DATA)))
    assert cards.state("demo") == "changed"
    put(cards, "net.onnx", DATA)
    assert cards.installed("demo"), "the models folder comes first"


def test_folders_of_models_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STUDIO_MODEL_PATHS", f"{tmp_path}{os.pathsep}~/models{os.pathsep}")
    assert Settings().model_paths == (tmp_path, Path.home() / "models")
    monkeypatch.setenv("STUDIO_MODEL_PATHS", "")
    assert Settings().model_paths == ()


def test_what_replaces_or_deletes_files_is_told(settings: Settings, shipped: Path, tmp_path: Path) -> None:
    told: list[str] = []
    cards = Cards(settings, shipped=shipped, changed=told.append)
    (tmp_path / "extra.bin").write_bytes(b"x")
    cards.import_file("demo", tmp_path / "extra.bin")
    assert told == ["demo"]
    cards.remove("demo")
    assert told == ["demo", "demo"]


def test_an_own_card_is_found_by_its_kind(settings: Settings, shipped: Path) -> None:
    folder = settings.models_dir / OWN
    folder.mkdir(parents=True)
    own = CARD.replace('id = "demo"', 'id = "mine"') + '\n[capabilities]\nkind = "drawing"\n'
    (folder / "mine.toml").write_text(own, encoding="utf-8")
    cards = Cards(settings, shipped=shipped)
    assert cards.of_kind("cartoon", "drawing") == []
    for name, data in (("net.onnx", DATA), ("extra.bin", b"x")):
        cards.path("mine", name).parent.mkdir(exist_ok=True)
        cards.path("mine", name).write_bytes(data)
    assert [card.id for card in cards.of_kind("cartoon", "drawing")] == ["mine"]
    assert cards.of_kind("cartoon", "other") == cards.of_kind("speech", "drawing") == []
    found = Found(Engine("cartoon", "x", 1, models=("demo",), any_model=True, kind="drawing"), None)
    assert not lacking(found, Means(cards.installed, cards.of_kind))
    assert lacking(found, Means(cards.installed)).key == "needs_model"
    own = own.replace('task = "cartoon"', 'task = "cartoon"\nserves = ["upscale"]')
    (folder / "mine.toml").write_text(own, encoding="utf-8")
    assert [card.id for card in Cards(settings, shipped=shipped).of_kind("upscale", "drawing")] == ["mine"]
    also = Found(replace(found.engine, also=("demo",)), None)
    lack = lacking(also, Means(cards.installed, cards.of_kind))
    assert (lack.key, lack.params) == ("needs_model", {"engine": "x", "model": "demo"})


def test_remove_forgets_files_and_pins(cards: Cards, tmp_path: Path) -> None:
    for data in (b"one", b"two"):
        (tmp_path / "extra.bin").write_bytes(data)
        cards.import_file("demo", tmp_path / "extra.bin")
        cards.path("demo", "net.onnx").with_name("net.onnx.part").write_bytes(b"half")
        assert cards.state("demo") == "partial"
        cards.remove("demo")
        assert cards.state("demo") == "missing"
        assert cards.disk_bytes("demo") == 0


def test_consent_is_each_owners_own_and_bound_to_the_licence(settings: Settings, shipped: Path, cards: Cards) -> None:
    assert not cards.accepted("demo", "ann")
    cards.accept("demo", "ann")
    cards.accept("demo", "ann")
    again = Cards(settings, shipped=shipped)
    assert again.accepted("demo", "ann")
    assert not again.accepted("demo", "bob")
    (shipped / "demo.toml").write_text(CARD.replace("Demo: non", "Demo 2: non"), encoding="utf-8")
    assert not Cards(settings, shipped=shipped).accepted("demo", "ann")
    (shipped / "demo.toml").write_text(CARD.replace("commercial = false", "commercial = true"), encoding="utf-8")
    assert Cards(settings, shipped=shipped).accepted("demo", "anybody")


def test_unknown_names(cards: Cards) -> None:
    for ask in (cards.get, cards.state, cards.remove):
        with pytest.raises(NotFound):
            ask("nothing")
    with pytest.raises(NotFound):
        cards.file("demo", "../../etc/passwd")
    assert not cards.installed("nothing")
    assert cards.for_task("cartoon") == cards.all()


def test_a_spoilt_record_only_costs_reading_again(cards: Cards) -> None:
    put(cards, "net.onnx", DATA)
    assert cards.file_state("demo", "net.onnx") == "installed"
    record = cards.folder / "demo" / "verified.json"
    assert json.loads(record.read_text())["net.onnx"]["sha256"] == SHA
    record.write_text("{broken")
    assert cards.file_state("demo", "net.onnx") == "installed"


def test_card_sizes(cards: Cards) -> None:
    card: Card = cards.get("demo")
    assert card.bytes is None
    assert card.by_hand
    assert Cards(Settings(data_dir=cards.folder)).get("animeganv2-hayao").bytes == 8_649_739
