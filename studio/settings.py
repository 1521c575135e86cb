"""The studio's settings, read once from the environment (``STUDIO_*``) and the home that it runs in."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, computed_field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

GB = 1024**3
MB = 1024**2


class Home(StrEnum):
    """Where the studio runs."""

    LAPTOP = "laptop"
    DOCKER = "docker"
    SPACE = "space"
    ZEROGPU = "zerogpu"
    MODELSCOPE = "modelscope"

    @property
    def hosted(self) -> bool:
        """Whether a platform runs it: behind a proxy, and shown in a frame of the platform's own page."""
        return self in (Home.SPACE, Home.ZEROGPU, Home.MODELSCOPE)


def detect_home() -> Home:
    if os.environ.get("SPACES_ZERO_GPU"):
        return Home.ZEROGPU
    if os.environ.get("SPACE_ID"):
        return Home.SPACE
    if os.environ.get("MODELSCOPE_ENVIRONMENT"):
        return Home.MODELSCOPE
    return Home.LAPTOP


HOME_DEFAULTS: dict[Home, dict[str, Any]] = {
    Home.LAPTOP: {},
    Home.DOCKER: {"host": "0.0.0.0", "data_dir": Path("/data")},
    Home.SPACE: {
        "host": "0.0.0.0",
        "data_dir": Path("/data"),
        "public": True,
        "max_upload_mb": 200,
        "max_video_seconds": 120.0,
        "jobs_per_owner": 3,
        "owner_quota_gb": 1.0,
        "total_quota_gb": 20.0,
    },
    Home.ZEROGPU: {
        "host": "0.0.0.0",
        "data_dir": Path("/data"),
        "public": True,
        "max_upload_mb": 100,
        "max_video_seconds": 30.0,
        "jobs_per_owner": 2,
        "owner_quota_gb": 0.5,
        "total_quota_gb": 10.0,
    },
    Home.MODELSCOPE: {
        "host": "0.0.0.0",
        "data_dir": Path("/mnt/workspace/atelier"),
        "public": True,
        "hub": "modelscope",
        "max_upload_mb": 200,
        "max_video_seconds": 120.0,
        "jobs_per_owner": 3,
        "owner_quota_gb": 1.0,
        "total_quota_gb": 20.0,
    },
}


class Settings(BaseSettings):
    """Everything that an administrator can set. Names are upper-cased behind ``STUDIO_`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", env_file=None, extra="ignore", frozen=True)

    home: Home = Field(default_factory=detect_home, description="Where the studio runs; found out when not set.")
    data_dir: Path = Field(
        Path(), description="Folder for the library, jobs and models; empty is the user's data folder."
    )
    database_url: SecretStr | None = Field(
        None, description="Database server, as a SQLAlchemy address; empty is SQLite in the data folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public: bool = Field(False, description="Strangers use it: no server paths, administration only with a token.")
    auth: SecretStr | None = Field(None, description="Users who may sign in, as name:password,name:password.")
    api_tokens: SecretStr | None = Field(None, description="Fixed REST tokens, separated by commas.")
    secret: SecretStr | None = Field(
        None, description="Key that signs cookies; made and kept in the data folder when not set."
    )
    root_path: str = Field("", description="Path under which a reverse proxy serves the studio.")

    device: str = Field("auto", description="auto, cpu, cuda, or a list such as cuda:0,cuda:1.")
    threads: int = Field(0, ge=0, description="Threads of one job; 0 is one per core.")
    model_budget_mb: int = Field(
        0, ge=0, description="Memory for resident models per device; 0 is 60 % of what it has."
    )
    model_idle_seconds: float = Field(
        600.0, ge=0, description="A model that nobody used for so long is unloaded; 0 never."
    )

    model_paths: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="More folders with models, separated like PATH; they are only read. A model's files are looked for "
        "as CARD/FILE, or as FILE where the card knows their hash.",
    )
    hub: Literal["auto", "huggingface", "modelscope"] = Field("auto", description="Hub that is asked first for models.")
    hf_endpoint: str = Field("https://huggingface.co", description="HuggingFace or a mirror of it.")
    hf_token: SecretStr | None = Field(None, description="Token for gated models.")
    offline: bool = Field(False, description="Never use the network.")

    llm_url: str = Field(
        "",
        description="Base address of a language model's server with OpenAI's interface, such as http://127.0.0.1:11434/v1; "
        "empty is none.",
    )
    llm_key: SecretStr | None = Field(None, description="Key for that server; a server of your own mostly needs none.")
    llm_model: str = Field("", description="Model to ask there; empty takes the only one that it has.")
    llm_timeout: float = Field(
        120.0, gt=0, le=3600, description="Seconds that it may be silent; an answer may take five times as long."
    )

    footage: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Folders and buckets (s3://bucket/prefix) that libraries of footage may be filled from, separated by commas; "
        "empty is any for who has signed in or has a token of STUDIO_API_TOKENS, and for everybody where only this machine is listened to. "
        "On a public studio nobody names any.",
    )

    milvus_url: str = Field(
        "",
        description="Milvus for the vectors of footage: a server's address, or a file for the embedded one; empty is an index of our own.",
    )
    milvus_token: SecretStr | None = Field(None, description="Token, or user:password, for that server.")

    max_upload_mb: int = Field(4096, ge=1, description="Largest upload.")
    max_video_seconds: float = Field(4 * 3600.0, gt=0, description="Longest video, after trimming.")
    max_pixels: int = Field(80_000_000, ge=1, description="Largest picture or frame in pixels.")
    jobs_per_owner: int = Field(20, ge=1, description="Jobs that one owner may have waiting or running.")
    owner_quota_gb: float = Field(200.0, gt=0, description="Disk that one owner's files may take.")
    total_quota_gb: float = Field(1000.0, gt=0, description="Disk that all files may take.")
    temp_hours: float = Field(24.0, gt=0, description="Age at which temporary files are removed.")

    @field_validator("model_paths", mode="before")
    @classmethod
    def _folders(cls, value: Any) -> Any:
        return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value

    @field_validator("footage", mode="before")
    @classmethod
    def _places(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("model_paths")
    @classmethod
    def _whole_paths(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(path.expanduser().absolute() for path in value)

    @model_validator(mode="before")
    @classmethod
    def _home_defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        home = Home(values.get("home") or detect_home())
        merged = {**HOME_DEFAULTS[home], **values, "home": home}
        merged.setdefault("data_dir", user_data_path("atelier", appauthor=False))
        return merged

    @computed_field  # type: ignore[prop-decorator]
    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def database(self) -> Path:
        return self.data_dir / "studio.db"

    @property
    def uploads_dir(self) -> Path:
        """Where uploads lie while they arrive."""
        return self.data_dir / "tmp" / "uploads"

    @property
    def alone(self) -> bool:
        """Whether only this machine can send requests."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def job_threads(self) -> int:
        return self.threads or os.cpu_count() or 1
