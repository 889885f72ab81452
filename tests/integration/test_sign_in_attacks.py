"""Attacks on signing in, against a server as anybody meets it: forged and planted requests, guessing, telling apart, leftovers."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer

SESSION = "/v1/appliance/session"
SESSIONS = "/v1/appliance/sessions"
COOKIE = "appliance_session"
PHRASE = "kettle drum seventeen"
TYPED = "canary-typed-by-a-stranger"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Else every browser reads all authorities of this machine, for nothing."""
WRONG = {"message": "E-mail or password is wrong.", "error_id": "not_signed_in"}


class Browser(httpx.Client):
    """A browser at the server's own address, which keeps its cookie and may send the CSRF text of its session."""

    def __init__(self, server: LiveServer, **headers: str) -> None:
        super().__init__(base_url=server.url, headers=headers, timeout=60, trust_env=False, verify=NO_TLS)
        self.csrf = ""

    def enter(self, **credentials: str) -> httpx.Response:
        """Try to sign in."""
        answer = self.post(SESSION, json=credentials)
        if answer.status_code == 200:
            self.csrf = answer.json()["data"]["csrf"]
        return answer

    def write(self, **kind: Any) -> httpx.Response:
        """A write with the CSRF text, unless other headers are given."""
        return self.post("/projects", **{"json": {"name": "forged"}, "headers": {"X-CSRF-Token": self.csrf}, **kind})


class Place:
    """The server, its people and everything that must be found nowhere."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.link = server.line.partition("#token=")[2]
        self.secrets = {"link": self.link, "password": PHRASE, "owner's key": server.key}
        for name in ("ada", "ben", "cleo", "dan"):
            made = administer(server.folder, {"command": "users.add", "email": f"{name}@example.org", "password": PHRASE})
            self.secrets[f"{name}'s key"] = made["api_key"]
        administer(server.folder, {"command": "users.disable", "email": "dan@example.org"})

    @contextmanager
    def browser(self, name: str = "") -> Iterator[Browser]:
        """A browser, signed in by key when a name is given."""
        with Browser(self.server) as browser:
            if name:
                assert browser.enter(api_key=self.secrets[f"{name}'s key"]).status_code == 200
                self.secrets[f"cookie {len(self.secrets)}"] = browser.cookies[COOKIE]
            yield browser

    def typed(self, password: str, email: str) -> httpx.Response:
        """Try a password. All tests together fail less often than one address may."""
        with Browser(self.server) as browser:
            return browser.enter(email=email, password=password)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with LiveServer(tmp_path_factory.mktemp("attacks") / "data") as server:
        yield Place(server)


def projects_of(browser: Browser) -> list[Any]:
    found: list[Any] = browser.get("/projects").json()["data"]["projects"]
    return found


def test_a_write_by_cookie_needs_the_csrf_text_of_that_very_session(place: Place) -> None:
    with place.browser("ada") as ada, place.browser("ada") as elsewhere, place.browser("ben") as ben:
        for forged in ("", "x", ada.csrf[:-1], ada.csrf.upper(), elsewhere.csrf, ben.csrf, ada.cookies[COOKIE], "\u00e9" * 32):
            headers = httpx.Headers({"X-CSRF-Token": forged} if forged else {}, encoding="latin-1")
            assert ada.write(headers=headers).status_code == 403, forged
            assert ada.delete(SESSIONS, headers=headers).status_code == 403
        for form in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert ada.write(json=None, content=b'{"name": "forged"}', headers={"Content-Type": form}).status_code == 403
        assert ada.write(params={"X-CSRF-Token": ada.csrf, "csrf": ada.csrf}, headers={}).status_code == 403
        assert projects_of(ada) == []
        assert ada.write().status_code == 200
        assert ada.delete("/projects/forged", headers={"X-CSRF-Token": ada.csrf}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        *(
            {"Origin": origin}
            for origin in ("https://evil.example", "null", "http://localhost.evil.example", "x://evil.example://localhost")
        ),
        *({"Content-Type": kind} for kind in ("text/plain", "text/plain; application/json", "application/x-www-form-urlencoded")),
        *({"Content-Type": kind} for kind in ("multipart/form-data; boundary=application/json", "")),
    ],
    ids=str,
)
def test_a_foreign_page_cannot_sign_its_visitor_in(place: Place, headers: dict[str, str]) -> None:
    with place.browser() as browser:
        body = b'{"api_key": "%b"}' % place.secrets["ada's key"].encode()
        answer = browser.post(SESSION, content=body, headers={"Content-Type": "application/json", **headers})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        own = browser.post(SESSION, content=body, headers={"Content-Type": "application/json", "Origin": place.server.url})
        assert own.status_code == 200


def test_no_answer_lets_a_foreign_page_read_it(place: Place) -> None:
    with place.browser("ada") as ada:
        foreign = {
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "x-csrf-token",
        }
        for method, path in (("OPTIONS", SESSIONS), ("OPTIONS", SESSION), ("GET", SESSION), ("GET", "/users/me")):
            answer = ada.request(method, path, headers=foreign)
            assert not [name for name in answer.headers if name.startswith("access-control")]
            assert answer.headers["cache-control"] == "no-store"
        assert ada.request("OPTIONS", SESSIONS, headers=foreign).status_code == 405


def test_a_planted_cookie_is_never_taken_over(place: Place) -> None:
    with place.browser("ben") as mallory, place.browser() as victim:
        planted = mallory.cookies[COOKIE]
        victim.cookies.set(COOKIE, planted, domain="127.0.0.1", path="/")
        assert victim.enter(api_key=place.secrets["ada's key"]).json()["data"]["email"] == "ada@example.org"
        assert planted not in [cookie.value for cookie in victim.cookies.jar]
        assert victim.get("/users/me").json()["data"]["me"]["email"] == "ada@example.org"
        assert mallory.get("/users/me").status_code == 401


def test_a_second_cookie_does_not_slip_in_before_or_behind_the_real_one(place: Place) -> None:
    with place.browser("ada") as ada, place.browser("ben") as mallory:
        real, tossed = ada.cookies[COOKIE], mallory.cookies[COOKIE]
        mixed = [
            f"{COOKIE}={tossed}; {COOKIE}={real}",
            f"{COOKIE}={real}; {COOKIE}={tossed}",
            f"{COOKIE}={real};{COOKIE}=",
            f"a={COOKIE}={real}",
        ]
        for cookies in mixed:
            with Browser(place.server, cookie=cookies) as victim:
                for csrf in (ada.csrf, mallory.csrf):
                    assert victim.write(headers={"X-CSRF-Token": csrf}).status_code == 401, cookies
                assert victim.get(SESSION).status_code == 401
        assert (projects_of(ada), projects_of(mallory)) == ([], [])


def exchange(server: LiveServer, head: bytes, body: bytes) -> bytes:
    """The raw answer to a raw request."""
    place = server.url.partition("://")[2]
    host, _, port = place.partition(":")
    request = b"%b\r\nHost: %b\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (head, place.encode(), len(body), body)
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "agent", [b"x\rSet-Cookie: a=b", b"x\x00y", b"x\x1b[2J\x07\x7f", b"\xff\xfe\x85\xa0", b"<script>" * 2000, b"x\r\n Set-Cookie: a=b"]
)
def test_what_a_browser_says_of_itself_reaches_no_header_and_no_terminal(place: Place, agent: bytes) -> None:
    head = b"POST %b HTTP/1.1\r\nContent-Type: application/json\r\nUser-Agent: %b" % (SESSION.encode(), agent)
    answer = exchange(place.server, head, b'{"api_key": "%b"}' % place.secrets["cleo's key"].encode())
    status, header = answer.split(b" ", 2)[1], answer.partition(b"\r\n\r\n")[0]
    assert status in (b"200", b"400")
    assert b"a=b" not in header
    assert header.lower().count(b"set-cookie") == (status == b"200")
    with place.browser("cleo") as cleo:
        agents = [session["agent"] for session in cleo.get(SESSIONS).json()["data"]["sessions"]]
        assert all(len(text) <= 200 and text.isprintable() for text in agents)
        assert cleo.delete(SESSIONS, headers={"X-CSRF-Token": cleo.csrf}).json()["data"]["ended"] == len(agents)


def test_known_and_unknown_people_are_told_apart_neither_by_words_nor_by_time(place: Place) -> None:
    took: dict[str, list[float]] = {"known": [], "disabled": [], "unknown": []}
    place.typed("warms the hasher up", "warm@example.org")
    for number in range(5):
        for kind, email in (("known", "ada@example.org"), ("disabled", "dan@example.org"), ("unknown", f"{TYPED}@example.org")):
            since = time.perf_counter()
            answer = place.typed(f"wrong {number}", email)
            took[kind].append(time.perf_counter() - since)
            assert (answer.status_code, answer.json()) == (401, WRONG)
            assert "set-cookie" not in answer.headers
    # The fastest, because a busy machine only ever adds; an answer without a computation of argon2 would be some fifteen times faster.
    fastest = {kind: min(times) for kind, times in took.items()}
    assert max(fastest.values()) < 4 * min(fastest.values()), took


def test_a_lock_stops_guesses_and_right_passwords_alike_and_no_session_and_no_key(place: Place) -> None:
    with place.browser("ben") as ben:
        for email in ("ben@example.org", f"{TYPED}-locked@example.org"):
            for number in range(5):
                assert place.typed(f"guess {number}", email).json() == WRONG
            assert place.typed("guess 5", email).json()["message"].endswith("That was one time too many: wait 15 seconds.")
            for password in ("guess", PHRASE):
                refused = place.typed(password, email.upper())
                assert (refused.status_code, refused.json()["error_id"]) == (400, "limit_reached")
                assert re.fullmatch(r"Too many wrong passwords for this user; wait \d+ seconds\.", refused.json()["message"])
        assert ben.get("/users/me").status_code == 200
        assert (
            ben.put("/v1/appliance/password", json={"current": "x", "new": PHRASE}, headers={"X-CSRF-Token": ben.csrf}).status_code == 403
        )
        with place.server.client(place.secrets["ben's key"]) as by_key:
            assert by_key.get("/users/me").status_code == 200


@pytest.mark.parametrize(
    "email",
    [
        "\x00",
        "ada@example.org\x00",
        "a\r\nSet-Cookie: a=b",
        "' or 1=1 --",
        "%",
        "\U0001f511" * 254,
        "\u202eada@example.org",
        "ada@exa\u0301mple.org",
    ],
    ids=ascii,
)
def test_odd_e_mails_are_unknown_e_mails(place: Place, email: str) -> None:
    answer = place.typed(PHRASE, email)
    assert (answer.status_code, answer.json()) == (401, WRONG)


@pytest.mark.parametrize(
    "body",
    [
        *(b'{"email": "%b", "password": "x"}' % (b"a" * 255), b'{"email": "a@example.org", "password": "%b"}' % (b"x" * 1025)),
        *(b'{"token": "%b"}' % (b"x" * 201), b'{"api_key": "%b"}' % (b"x" * 1_000_000), b'{"email": "\\ud800", "password": "x"}'),
        *(b'{"email": ["ada@example.org"], "password": "x"}', b'{"email": "ada@example.org", "password": null}'),
        *(b'{"email": "ada@example.org", "password": ""}', b'{"email": "ada@example.org"}', b"[" * 5000, b"\xff\xfe", b""),
    ],
    ids=lambda body: str(body[:40]),
)
def test_malformed_credentials_are_refused_before_anything_is_looked_up(place: Place, body: bytes) -> None:
    with place.browser() as browser:
        assert browser.post(SESSION, content=body, headers={"Content-Type": "application/json"}).status_code == 400


def test_a_link_is_used_once_and_the_session_of_a_disabled_user_ends_at_once(place: Place) -> None:
    folder = place.server.folder
    with place.browser() as first, place.browser() as second, place.browser("cleo") as cleo:
        assert first.enter(token=place.link).json()["data"]["email"] == "owner@localhost"
        place.secrets["owner's cookie"] = first.cookies[COOKIE]
        assert second.enter(token=place.link).status_code == 401
        assert cleo.get("/users/me").status_code == 200
        issued = administer(folder, {"command": "sign_in", "email": "cleo@example.org"})["url"].partition("#token=")[2]
        place.secrets["cleo's link"] = issued
        administer(folder, {"command": "users.disable", "email": "cleo@example.org"})
        assert cleo.get("/users/me").status_code == 401
        assert second.enter(token=issued).status_code == second.enter(api_key=place.secrets["cleo's key"]).status_code == 401
        administer(folder, {"command": "users.enable", "email": "cleo@example.org"})
        assert cleo.get("/users/me").status_code == second.enter(token=issued).status_code == 401


def test_no_secret_and_nothing_that_a_stranger_typed_is_left_in_the_data_folder_or_the_log(place: Place) -> None:
    for credentials in (
        {"token": f"{TYPED}-token"},
        {"api_key": f"{TYPED}-key"},
        {"email": f"{TYPED}@mail", "password": f"{TYPED}-password"},
    ):
        with place.browser() as browser:
            assert browser.enter(**credentials).status_code == 401
    with place.browser("ada") as ada:
        csrf = {"X-CSRF-Token": ada.csrf}
        changed = ada.put("/v1/appliance/password", json={"current": PHRASE, "new": f"{PHRASE} and more"}, headers=csrf)
        assert changed.status_code == 200
        place.secrets["renewed cookie"] = ada.cookies[COOKIE]
    wanted = {**place.secrets, "typed": TYPED}
    assert all(len(secret) >= len(PHRASE) for secret in wanted.values())
    looked_at = left_behind(place.server.folder, wanted)
    assert {"appliance.db", "appliance.db-wal", "server.log"} <= looked_at


def left_behind(folder: Path, wanted: dict[str, str]) -> set[str]:
    """Look for each secret in every file; the names of the files."""
    files = [path for path in (*folder.rglob("*"), folder.parent / "server.log") if path.is_file()]
    for path in files:
        content = path.read_bytes()
        for name, secret in wanted.items():
            if path.name != "owner.key":
                assert secret.encode() not in content, f"{name} is in {path.name}"
    return {path.name for path in files}
