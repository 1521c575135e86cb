"""One model card: what a model is, where its files come from, under which licence, and how they are checked.

A card is one file in ``assets/models/*.toml``. Its schema::

    id = "animeganv2-hayao"            # lower case letters, digits, dots and dashes; equal to the file's name
    task = "cartoon"                   # task whose engines use it, and under which it is shown
    serves = ["upscale"]               # optional: further tasks whose engines use it
    licence = "MIT"                    # SPDX identifier, or the licence's own name
    licence_url = "https://…"
    commercial = true                  # false: each owner accepts the licence before a download
    homepage = "https://…"             # where a person may read about the model and get it by hand
    revision = "…"                     # revision of the weights, for provenance and as HuggingFace's default revision
    vram_mb = 300                      # optional: what it needs on a GPU, and …
    ram_mb = 600                       # … on a CPU; left out when nobody has measured it
    [title]                            # en, zh-CN and ru, all three; likewise [summary]
    [capabilities]                     # free table that the engines read and that decides which fields a tab shows

    [[files]]
    name = "model.onnx"                # name on disk; in a folder of the model's own as unet/model.safetensors
    bytes = 8649739                    # optional: stated only where it is truly known
    sha256 = "…"                       # stated only where it is truly known; else:
    verify = "first-use"               # hashed on arrival, the hash shown, kept and demanded from then on

    [[files.sources]]                  # none at all: the file is put in by hand
    hub = "hf"                         # or "modelscope": repo, path and optionally revision
    repo = "owner/name"
    path = "model.onnx"
    [[files.sources]]
    hub = "url"
    url = "https://…"
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError, model_validator

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,2}$"


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HubSource(Data):
    """A file in a repository of HuggingFace or ModelScope."""

    hub: Literal["hf", "modelscope"]
    repo: str = Field(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")
    path: str = Field(min_length=1, max_length=512)
    revision: str | None = Field(None, pattern=r"^[A-Za-z0-9._/-]+$")


class UrlSource(Data):
    """A file at a plain address."""

    hub: Literal["url"]
    url: str

    @model_validator(mode="after")
    def _http(self) -> "UrlSource":
        TypeAdapter(HttpUrl).validate_python(self.url)
        return self


Source = Annotated[HubSource | UrlSource, Field(discriminator="hub")]


class CardFile(Data):
    """One file of a model. ``sha256`` is None only where ``verify`` is "first-use"."""

    name: str = Field(pattern=NAME)
    bytes: int | None = Field(None, gt=0)
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    verify: Literal["sha256", "first-use"] = "sha256"
    sources: tuple[Source, ...] = ()

    @model_validator(mode="after")
    def _checkable(self) -> "CardFile":
        if (self.verify == "sha256") != (self.sha256 is not None):
            raise ValueError(f'{self.name}: give sha256, or say verify = "first-use" where it is not known')
        return self


class Texts(Data):
    """A text in the studio's languages."""

    en: str = Field(min_length=1)
    zh_cn: str = Field(min_length=1, alias="zh-CN")
    ru: str = Field(min_length=1)

    def text(self, lang: str = "en") -> str:
        return {"zh-CN": self.zh_cn, "ru": self.ru}.get(lang, self.en)


class Card(Data):
    """A model that the studio can use once its files are there."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    task: str
    serves: tuple[str, ...] = ()
    title: Texts
    summary: Texts
    licence: str = Field(min_length=1)
    licence_url: str = Field(pattern=r"^https://")
    commercial: bool
    homepage: str = Field(pattern=r"^https://")
    revision: str = ""
    vram_mb: int | None = Field(None, gt=0)
    ram_mb: int | None = Field(None, gt=0)
    capabilities: dict[str, Any] = {}
    files: tuple[CardFile, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> "Card":
        names = [file.name.lower() for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("two files of a card have the same name")
        return self

    @property
    def bytes(self) -> int | None:
        """Size of all files, or None where a card doesn't know it."""
        sizes = [file.bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def by_hand(self) -> bool:
        """Whether a file has no source, so that a person has to bring it."""
        return any(not file.sources for file in self.files)

    def file(self, name: str) -> CardFile:
        """The file of that name; ``KeyError`` when the card has none."""
        for file in self.files:
            if file.name == name:
                return file
        raise KeyError(name)


def read_card(path: Path) -> Card:
    """The card in a TOML file; ``ValueError`` names the file and what is wrong with it."""
    try:
        card = Card.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as problem:
        raise ValueError(f"{path.name}: {problem}") from problem
    if card.id != path.stem:
        raise ValueError(f"{path.name}: the id {card.id!r} is not the file's name")
    return card


def read_cards(folder: Path) -> dict[str, Card]:
    """All cards of a folder by id, in the order of their ids."""
    return {card.id: card for card in map(read_card, sorted(folder.glob("*.toml")))}
