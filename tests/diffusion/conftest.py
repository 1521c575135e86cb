"""Tiny models, made once for each test session."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.diffusion import extras, tiny
from tests.diffusion.single_file import write_single


@dataclass
class Zoo:
    """Paths of tiny models; each is made when it is first asked for."""

    home: Path

    @cached_property
    def sd15(self) -> Path:
        return tiny.make_sd15(self.home / "sd15")

    @cached_property
    def sdxl(self) -> Path:
        return tiny.make_sdxl(self.home / "sdxl")

    @cached_property
    def configs(self) -> Path:
        return tiny.make_configs(self.home / "configs", self.sd15, self.sdxl)

    @cached_property
    def sd15_file(self) -> Path:
        return write_single(self.sd15, self.home / "sd15.safetensors")

    @cached_property
    def sdxl_file(self) -> Path:
        return write_single(self.sdxl, self.home / "sdxl.safetensors")

    @cached_property
    def vision(self) -> Path:
        return tiny.make_vision(self.home / "vision")

    @cached_property
    def tiny_vae(self) -> Path:
        return tiny.make_tiny_vae(self.home / "taesd")

    @cached_property
    def controlnet(self) -> Path:
        return tiny.make_controlnet(self.home / "controlnet", self.sd15)

    @cached_property
    def controlnet_sdxl(self) -> Path:
        return tiny.make_controlnet(self.home / "controlnet_sdxl", self.sdxl)

    @cached_property
    def union(self) -> Path:
        return tiny.make_union(self.home / "union")

    @cached_property
    def adapter(self) -> Path:
        return extras.make_adapter(self.home / "ip.safetensors", self.sd15)

    @cached_property
    def adapter_plus(self) -> Path:
        return extras.make_adapter_plus(self.home / "ip_plus.safetensors", self.sd15)

    @cached_property
    def adapter_sdxl(self) -> Path:
        return extras.make_adapter(self.home / "ip_sdxl.safetensors", self.sdxl)

    @cached_property
    def lora(self) -> Path:
        return extras.make_lora(self.home / "lora.safetensors", self.sd15)

    @cached_property
    def lora_kohya(self) -> Path:
        return extras.make_lora_kohya(self.home / "lora_kohya.safetensors", self.sd15)

    @cached_property
    def lora_sdxl(self) -> Path:
        return extras.make_lora_kohya(self.home / "lora_sdxl.safetensors", self.sdxl)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Two cores are shared: more threads than one wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails."""

    def refuse(*args: Any, **more: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
