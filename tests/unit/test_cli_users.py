"""`appliance users` and `appliance keys` on a data folder that no server holds."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from appliance.cli.failure import FAILED, WRONG_USAGE
from appliance.cli.root import run
from appliance.clock import SystemClock
from appliance.control_plane.store import Store, projects, users
from appliance.control_plane.store.projects import Project

GOOD = "correct horse battery staple"


class Machine:
    """Runs commands on a data folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        code = run([*words, "--data-dir", str(self.folder)])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *words: str) -> Any:
        """What a command that must succeed prints."""
        code, out, err = self.run(*words)
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    return Machine(tmp_path, capsys)


def test_a_user_from_creation_to_hand_over(machine: Machine) -> None:
    made = machine.json("users", "create", "ada@example.org", "--administrator")
    assert (made["administrator"], made["sign_in_url"], made["api_key"][:4]) == (True, "", "grtu")
    assert machine.json("users", "demote", "ADA@example.org")["administrator"] is False
    assert machine.json("users", "promote", "ada@example.org")["administrator"] is True
    assert machine.json("users", "disable", "ada@example.org")["disabled"] is True
    assert machine.json("users", "enable", "ada@example.org")["disabled"] is False
    assert machine.json("users", "hand-over", "ada@example.org", "owner@localhost", "--yes")["projects"] == []
    assert machine.json("users", "reset", "ada@example.org") == {"email": "ada@example.org", "sign_in_url": ""}
    code, out, _ = machine.run("users", "list", "--no-json")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["owner@localhost", "owner"], ["ada@example.org", "administrator"]]


def own_project(folder: Path, email: str, name: str) -> None:
    """What a user makes over the API, put into a data folder that nobody serves."""

    async def make() -> None:
        store = await Store.open(folder, SystemClock())
        try:
            user = users.by_email(store.read, email)
            assert user is not None
            row = Project(uid=name, guid=f"proj_{name}", name=name, owner_id=user.id, created_at=1.0, changed_at=1.0)
            await store.write(lambda connection: projects.insert(connection, row))
        finally:
            await store.close()

    asyncio.run(make())


def test_what_a_user_leaves_behind_is_named_before_it_is_handed_over(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.json("users", "create", "ada@example.org")
    own_project(machine.folder, "ada@example.org", "census")
    _, out, _ = machine.run("users", "disable", "ada@example.org", "--no-json")
    assert out.splitlines() == [
        "ada@example.org is disabled.",
        "Nobody else owns census: `appliance users hand-over ada@example.org TO` gives it to another user.",
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, _, err = machine.run("users", "hand-over", "ada@example.org", "owner@localhost")
    assert (code != 0, "ada@example.org alone owns census." in err, "Give it to owner@localhost?" in err) == (True, True, True)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    moved = machine.json("users", "hand-over", "ada@example.org", "owner@localhost")
    assert [project["name"] for project in moved["projects"]] == ["census"]
    head = machine.json("audit", "head")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))  # there is nothing to ask
    _, out, _ = machine.run("users", "hand-over", "ada@example.org", "owner@localhost", "--no-json")
    assert out == "ada@example.org owns no project alone; nothing changed.\n"
    assert machine.json("audit", "head") == head, "and nothing to tell"


def test_what_is_shown_once_is_called_that(machine: Machine) -> None:
    code, out, err = machine.run("users", "create", "ada@example.org", "--no-json")
    email, key = out.splitlines()
    assert (code, email, key.startswith("API key (shown once): grtu"), "No server runs" in err) == (0, "ada@example.org", True, True)
    code, out, err = machine.run("users", "reset", "ada@example.org", "--no-json")
    assert (out, "No server runs" in err) == ("ada@example.org has no password any more.\n", True)
    code, _, err = machine.run("users", "link", "ada@example.org")
    assert (code, "appliance serve" in err) == (FAILED, True)


def test_limits_are_read_as_people_write_them(machine: Machine) -> None:
    machine.json("users", "create", "ada@example.org")
    words = ("--queued", "20", "--running", "2", "--duration", "30m", "--storage", "10GB")
    limits = {"created": 20, "running": 2, "max_duration_seconds": 1800.0, "storage_bytes": 10**10}
    assert machine.json("users", "limits", "ada@example.org", *words)["limits"] == limits
    assert machine.json("users", "limits", "ada@example.org")["limits"] == limits, "without an option they are shown"
    assert machine.json("users", "limits", "ada@example.org", "--running", "default")["limits"] == {**limits, "running": None}
    assert machine.json("users", "limits", "ada@example.org", "--default", "--storage", "0")["limits"] == {
        **dict.fromkeys(limits),
        "storage_bytes": 0,
    }
    _, out, _ = machine.run("users", "limits", "ada@example.org", "--no-json")
    assert [line.split("  ")[-1].strip() for line in out.splitlines()] == ["ada@example.org", *["the server's own"] * 3, "no limit"]


@pytest.mark.parametrize(
    ("option", "texts"),
    [
        ("--queued", ("x", "-1", "1.5", "0", "9" * 30, "²", "")),
        ("--duration", ("long", "0", "-5", "nan", "inf", "1e9", "99999d")),
        ("--storage", ("much", "-1", "1XB", "9" * 12 + "TB")),
    ],
)
def test_what_is_no_limit_is_wrong_usage(machine: Machine, option: str, texts: tuple[str, ...]) -> None:
    machine.json("users", "create", "ada@example.org")
    for text in texts:
        code, out, err = machine.run("users", "limits", "ada@example.org", f"{option}={text}")
        assert (code, out) == (WRONG_USAGE, ""), text
        assert err.startswith("Error: ")
    assert set(machine.json("users", "limits", "ada@example.org")["limits"].values()) == {None}


def test_exit_codes_tell_refusals_from_wrong_usage(machine: Machine) -> None:
    machine.json("users", "create", "ada@example.org")
    for words in (
        ("create", "no-address"),
        ("create", "a b@c"),
        ("hand-over", "ada@example.org", "ada@example.org", "--yes"),
        ("disable",),
    ):
        assert machine.run("users", *words)[0] == WRONG_USAGE, words
    for words in (("create", "Ada@example.org"), ("disable", "owner@localhost"), ("promote", "nobody@x"), ("link", "ada@example.org")):
        assert machine.run("users", *words)[0] == FAILED, words
    code, _, err = machine.run("users", "create", "\udcff@example.org")
    assert (code, "no UTF-8" in err) == (WRONG_USAGE, True)


def test_a_password_is_never_an_argument_and_a_bad_one_makes_no_user(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert machine.run("users", "create", "ada@example.org", "--password")[0] == WRONG_USAGE
    assert [user["email"] for user in machine.json("users", "list")] == ["owner@localhost"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\n"))
    assert machine.json("users", "create", "ada@example.org", "--password")["has_password"]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, err = machine.run("users", "password", "ada@example.org")
    assert (code, "no password" in err) == (WRONG_USAGE, True)


def test_keys_are_named_listed_and_revoked(machine: Machine) -> None:
    made = machine.json("keys", "create", "--name", "notebook")
    listed = machine.json("keys", "list")
    assert [key["name"] for key in listed] == ["owner.key", "notebook"]
    assert made["api_key"] not in json.dumps(listed)
    assert machine.json("keys", "revoke", str(made["id"]))["name"] == "notebook"
    assert machine.run("keys", "revoke", str(made["id"]))[0] == FAILED
    assert machine.run("keys", "revoke", "nine")[0] == WRONG_USAGE
    for name in ("x" * 101, "a\nb", "\x1b[2J"):
        assert machine.run("keys", "create", "--name", name)[0] == WRONG_USAGE
    code, out, _ = machine.run("keys", "list", "--no-json")
    assert (code, out.count("notebook")) == (0, 1)


@pytest.mark.parametrize("group", ["users", "keys"])
def test_every_command_has_help(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([group, "--help"])
    listed = capsys.readouterr().out.partition("Commands:")[2].split("\n  ")[1:]
    names = [line.split()[0] for line in listed if not line.startswith(" ")]
    assert len(names) >= 3
    for name in names:
        assert run([group, name, "--help"]) == 0
        assert len(capsys.readouterr().out.splitlines()) > 6
