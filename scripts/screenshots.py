"""Pictures of every page of the Console: wide and narrow, light and dark, of a small world of people and of an empty one.

    python -m scripts.screenshots FOLDER [WORD …]      only pages whose name holds one of the words

Starts a server of its own on a scratch data folder. Says which pages had errors, or are wider than their window."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from scripts.bench.appliance_process import ApplianceProcess, noop
from scripts.browser import Page, browser

LONG = "maximiliane.von-und-zu-der-ausserordentlich-langen-adresse@institut-fuer-angewandte-statistik.universitaet.example"
NAMES = ("mara@lab.example", "jun@lab.example", LONG, "gone@lab.example", "new@lab.example")
HOSTILE = "<img src=x onerror=alert(1)> \u202eשלום " + "x" * 200
SIZES = ((1280, 900, "wide"), (390, 844, "narrow"))
PAGES = ("account", "activity", "people", "api")
_DIRECT = build_opener(ProxyHandler({}))
_SIGN_IN = """fetch("/v1/appliance/session", { method: "POST", headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ api_key: "%s" }) }).then((answer) => answer.text().then(() => answer.ok))"""


class Person:
    """Somebody with an API key."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The server's answer to a request, without its envelope. Ends with the server's words when it refuses."""
        content = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, content, {"Authorization": self.key, "Content-Type": "application/json"}, method=method)
        try:
            with _DIRECT.open(request, timeout=60) as answer:
                found = json.load(answer)
        except HTTPError as refused:
            raise SystemExit(f"{method} {path}: {refused.read().decode()}") from None
        return found.get("data", found)


def people(owner: Person) -> dict[str, Person]:
    """Users of the small world, by e-mail."""
    found = {"owner": owner}
    for email in NAMES:
        made = owner.ask("POST", "/v1/appliance/users", {"email": email, "administrator": email.startswith("jun")})
        found[email] = Person(owner.url, _first_key(owner.url, made["sign_in_url"]))
        if email.startswith("gone"):
            owner.ask("PATCH", f"/v1/appliance/users/{made['user']['_id']}", {"disabled": True})
        if email == LONG:
            limits = {"created": 5, "running": 2, "max_duration_seconds": 5400, "storage_bytes": 20 << 30}
            owner.ask("PATCH", f"/v1/appliance/users/{made['user']['_id']}", {"limits": limits})
    return found


def _first_key(url: str, link: str) -> str:
    """An API key of the person to whom a one-time link was given."""
    head = {"Content-Type": "application/json"}
    with _DIRECT.open(Request(f"{url}/v1/appliance/session", json.dumps({"token": link.rpartition("=")[2]}).encode(), head)) as answer:
        head |= {"Cookie": answer.headers["Set-Cookie"].partition(";")[0], "X-CSRF-Token": json.load(answer)["data"]["csrf"]}
    with _DIRECT.open(Request(f"{url}/v1/appliance/keys", json.dumps({"name": "notebook on the laptop"}).encode(), head)) as answer:
        return str(json.load(answer)["data"]["api_key"])


def world(owner: Person) -> tuple[str, Person]:
    """Projects with members, invites and jobs: the guid of the fullest one, and whose it is."""
    found = people(owner)
    mara = found["mara@lab.example"]
    project = str(
        mara.ask("POST", "/projects", {"name": "census-2026", "display_name": "Census 2026", "description": "Households"})["guid"]
    )
    for email, level in (
        ("jun@lab.example", 3),
        (LONG, 2),
        ("owner@localhost", 1),
        ("new@lab.example", 2),
        ("not-here-yet@lab.example", 1),
    ):
        mara.ask("POST", f"/projects/{project}/invites", {"email": email, "level": level})
    for name in ("jun@lab.example", LONG, "owner"):
        for invite in found[name].ask("GET", "/users/me/invites")["invites"]:
            found[name].ask("PATCH", f"/users/me/invites/{invite['_id']}", {})
    other = owner.ask(
        "POST", "/projects", {"name": "a-project-name-of-sixty-three-letters-which-is-the-most-there-is"[:63], "display_name": HOSTILE}
    )["guid"]
    owner.ask("POST", f"/projects/{other}/invites", {"email": "mara@lab.example", "level": 3})
    for number in range(3):
        mara.ask("POST", f"/projects/{project}/models", noop(f"household-model-{number}"))
    mara.ask("POST", f"/projects/{project}/models", noop("household-broken", fail="No rows are left."))
    return project, mara


@contextmanager
def served(folder: Path) -> Iterator[Person]:
    """The owner of a fresh server."""
    server = ApplianceProcess(folder)
    server.start()
    try:
        yield Person(server.url.rstrip("/"), server.key)
    finally:
        server.stop()


def views(guid: str) -> Iterator[tuple[str, str]]:
    """Names and paths of the pages."""
    yield "jobs", "/"
    if guid:
        yield "project", f"/{guid}"
    yield from ((name, f"/console/{name}.html") for name in PAGES)


def shoot(page: Page, person: Person | None, url: str, folder: Path, named: str, paths: list[tuple[str, str]]) -> list[str]:
    """Take every picture for one person; what is wrong with the pages, in sentences."""
    page.open(f"{url}/console/icon.svg")
    if person is not None and not page.run(_SIGN_IN % person.key):
        raise SystemExit("The server let nobody in.")
    wrong = []
    for name, path in paths:
        for width, height, kind in SIZES:
            for dark in (False, True):
                title = f"{named}-{name}-{kind}{'-dark' if dark else ''}"
                page.faults.clear()
                page.size(width, height, dark=dark)
                page.open(url + path)
                page.run("document.querySelectorAll('details.fold:not([hidden])').forEach((fold) => (fold.open = true))")
                page.settle()
                page.picture(folder / f"{title}.png")
                wide = page.run("document.documentElement.scrollWidth")
                wrong += [f"{title}: {fault}" for fault in page.faults if person is not None]
                wrong += [f"{title} is {wide} pixels wide"] if wide > width else []
    return wrong


def main(arguments: list[str]) -> int:
    """Take the pictures; 1 when something is wrong with a page."""
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    folder, words = Path(arguments[0]), arguments[1:]
    folder.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="screenshots-") as scratch, browser(Path(scratch, "profile")) as page:
        with served(Path(scratch, "empty")) as owner:
            paths = [view for view in views("") if not words or any(word in view[0] for word in words)]
            wrong += shoot(page, None, owner.url, folder, "nobody", [("sign-in", "/")] if not words or "sign-in" in words else [])
            wrong += shoot(page, owner, owner.url, folder, "empty", paths)
        with served(Path(scratch, "full")) as owner:
            guid, mara = world(owner)
            paths = [view for view in views(guid) if not words or any(word in view[0] for word in words)]
            for name, person in (("owner", owner), ("mara", mara)):
                wrong += shoot(page, person, owner.url, folder, name, paths)
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
