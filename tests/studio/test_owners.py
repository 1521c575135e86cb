"""Owners, cookies, tokens and passwords."""

import base64
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from studio.errors import LimitReached, NotAllowed
from studio.owners import COOKIE, TRIES, Owners, owner_of
from studio.settings import Settings
from studio.store import open_store
from studio.tokens import Tokens


def owners(folder: Path, **settings: Any) -> Owners:
    return Owners(Settings(data_dir=folder, **settings), tokens(folder))


def tokens(folder: Path) -> Tokens:
    return Tokens(open_store(folder / "studio.db"))


def cookie_header(set_cookie: str) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={SimpleCookie(set_cookie)[COOKIE].value}"}


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_a_browser_gets_an_owner_and_keeps_it_after_a_restart(tmp_path: Path) -> None:
    first = owners(tmp_path).identify({})
    assert first is not None
    assert first.fresh
    again = owners(tmp_path).identify(cookie_header(owners(tmp_path).cookie(first.owner, https=False)))
    assert again is not None
    assert again.owner == first.owner
    assert not again.fresh


def test_two_browsers_are_two_owners(tmp_path: Path) -> None:
    mine = owners(tmp_path)
    assert mine.identify({}) != mine.identify({})


@pytest.mark.parametrize("value", ["", "x", "local", "ImxvY2FsIg.abc.def", "\x00", "a" * 5000])
def test_a_forged_cookie_is_a_stranger(tmp_path: Path, value: str) -> None:
    who = owners(tmp_path).identify({"cookie": f"{COOKIE}={value}"})
    assert who is not None
    assert who.fresh


def test_a_cookie_of_another_secret_is_a_stranger(tmp_path: Path) -> None:
    signed = owners(tmp_path / "one").cookie("somebody", https=False)
    who = owners(tmp_path / "two").identify(cookie_header(signed))
    assert who is not None
    assert who.fresh


def test_a_cookie_is_no_token_and_a_token_no_cookie(tmp_path: Path) -> None:
    mine = owners(tmp_path)
    cookie = SimpleCookie(mine.cookie("somebody", https=False))[COOKIE].value
    with pytest.raises(NotAllowed):
        mine.identify({"authorization": f"Bearer {cookie}"})
    who = mine.identify({"cookie": f"{COOKIE}={tokens(tmp_path).create('somebody')[1]}"})
    assert who is not None
    assert who.fresh


def test_the_secret_is_readable_by_its_user_only(tmp_path: Path) -> None:
    owners(tmp_path)
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_tokens(tmp_path: Path) -> None:
    mine = owners(tmp_path, api_tokens="sesame, other", public=True)
    token, secret = tokens(tmp_path).create("somebody")
    made = mine.identify({"authorization": f"Bearer {secret}"})
    assert made is not None
    assert (made.owner, made.admin) == ("somebody", False)
    fixed = mine.identify({"x-api-key": "sesame"})
    assert fixed is not None
    assert fixed.admin
    other = mine.identify({"x-api-key": "other"})
    assert other is not None
    assert other.owner != fixed.owner
    with pytest.raises(NotAllowed):
        mine.identify({"x-api-key": "wrong"})
    tokens(tmp_path).revoke(token.id, "somebody")
    with pytest.raises(NotAllowed):
        mine.identify({"x-api-key": secret})


def test_a_removed_users_token_is_gone(tmp_path: Path) -> None:
    _, secret = tokens(tmp_path).create("user:alice")
    assert owners(tmp_path, auth="alice:a").identify({"x-api-key": secret}) is not None
    with pytest.raises(NotAllowed):
        owners(tmp_path, auth="bob:b").identify({"x-api-key": secret})


def test_modelscope_keeps_the_authorization_header_for_itself(tmp_path: Path) -> None:
    mine = owners(tmp_path, home="modelscope", api_tokens="sesame")
    who = mine.identify({"authorization": "Bearer whatever-the-platform-sends"})
    assert who is not None
    assert who.fresh
    assert mine.identify({"x-api-key": "sesame"}).admin  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("home", "https", "wanted", "unwanted"),
    [
        ("laptop", False, ["SameSite=Lax", "HttpOnly"], ["Secure", "Partitioned"]),
        ("laptop", True, ["SameSite=Lax", "HttpOnly", "Secure"], ["Partitioned"]),
        ("space", True, ["SameSite=None", "Secure", "Partitioned", "HttpOnly"], []),
        ("space", False, ["SameSite=Lax"], ["SameSite=None"]),
    ],
)
def test_cookie_attributes(tmp_path: Path, home: str, https: bool, wanted: list[str], unwanted: list[str]) -> None:
    parts = owners(tmp_path, home=home).cookie("somebody", https=https).split("; ")
    assert set(wanted) <= set(parts)
    assert not set(unwanted) & set(parts)


def test_with_users_nobody_else_comes_in(tmp_path: Path) -> None:
    stranger = owners(tmp_path).cookie("somebody", https=False)
    closed = owners(tmp_path, auth="alice:a:b,bob:c")
    assert closed.identify({}) is None
    assert closed.identify(cookie_header(stranger)) is None
    assert closed.identify(basic("alice", "a:b")).owner == "user:alice"  # type: ignore[union-attr]
    with pytest.raises(NotAllowed):
        closed.identify(basic("alice", "a"))


def test_a_new_password_ends_old_sessions_and_a_removed_user_is_gone(tmp_path: Path) -> None:
    signed = cookie_header(owners(tmp_path, auth="alice:old,bob:x").cookie("user:alice", https=False))
    assert owners(tmp_path, auth="alice:old").identify(signed) is not None
    assert owners(tmp_path, auth="alice:new").identify(signed) is None
    assert owners(tmp_path, auth="bob:x").identify(signed) is None


def test_guessing_is_stopped_for_that_address_alone(tmp_path: Path) -> None:
    closed = owners(tmp_path, auth="alice:secret")
    for _ in range(TRIES):
        with pytest.raises(NotAllowed):
            closed.sign_in("alice", "guess", "10.0.0.1")
    with pytest.raises(LimitReached):
        closed.sign_in("alice", "secret", "10.0.0.1")
    assert closed.sign_in("alice", "secret", "10.0.0.2") == "user:alice"


@pytest.mark.parametrize("auth", ["alice", "alice:", ":secret"])
def test_a_setting_without_password_is_refused(tmp_path: Path, auth: str) -> None:
    with pytest.raises(NotAllowed):
        owners(tmp_path, auth=auth)


def test_a_request_that_no_guard_has_seen_has_no_owner() -> None:
    class Bare:
        headers: dict[str, str] = {}

    with pytest.raises(NotAllowed):
        owner_of(Bare())
