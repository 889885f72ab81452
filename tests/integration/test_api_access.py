"""One walk over every route and everybody who may ask: the answers are those of the permission table, and the record tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from appliance import people
from appliance.audit import DONE, REFUSED
from appliance.console.table import ROUTES
from appliance.control_plane import api
from appliance.control_plane.api import web
from appliance.control_plane.api.permissions import NO_PROJECT, Action, Level, in_project
from appliance.control_plane.api.routes import Route
from appliance.people.admission import admit
from appliance.settings import Settings
from tests.integration.live_server import LiveServer
from tests.integration.permission_examples import EXAMPLES
from tests.integration.permission_world import ABSENT, LEVELS, MANAGER, NOWHERE, PROJECT, ROWS, UNKNOWN, World, place

MALFORMED = b"["
"""A body that every route which reads one refuses: what is let in goes no further."""
LIVES_ON = {Action.PROJECT_DELETE, Action.MEMBER_LEAVE}
"""What takes neither a body nor the id of a part: each who may do it gets a project of his own for it."""
OF_SESSIONS = {"GET /v1/appliance/session"}
"""What a key cannot ask."""
PROVEN = [route for route in ROUTES if route.action.level >= Level.SIGNED_IN and not route.by_link]
BY_LINK = [route for route in ROUTES if route.by_link]


def shown(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with LiveServer(tmp_path_factory.mktemp("access") / "data", bench_models=1) as running:
        made = World(running)
        yield made
        made.close()


@pytest.fixture(scope="module")
def held(world: World) -> dict[str, str]:
    """A value for every parameter of a path: what there is in the project, and ids of nothing."""
    absent = dict.fromkeys(("handler_id", "user_id", "key_id", "session_id", "invite_id", "share_id", "token", "key"), ABSENT)
    public = {"family": "actgan", "name": "default", "type": "model", "attempt": "1", "tab": "log"}
    pages = {"project_guid": "proj_" + ABSENT, "model_uid": ABSENT, "run_uid": ABSENT}
    return {"project_id": PROJECT, "model_id": world.model, "job_uid": world.model, "number": "1", **absent, **public, **pages}


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[httpx.Client]:
    """The owner of the project, signed in."""
    with world.signed_in("level4") as client:
        yield client


def ask(client: httpx.Client, route: Route, values: dict[str, str]) -> httpx.Response:
    return client.request(route.method, place(route, values), content=b"" if route.method == "GET" else MALFORMED)


def let_in(answer: httpx.Response) -> bool:
    """Whether the request came past the border. Fails when the server did."""
    assert answer.status_code < 500, answer.text
    return answer.status_code not in (401, 403) and not (answer.status_code == 404 and answer.json().get("message") == NO_PROJECT)


def without_date(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, {name: value for name, value in answer.headers.items() if name != "date"}


def nowhere(route: Route, values: dict[str, str]) -> dict[str, str]:
    """The same path in a project (or of a job) that there is not."""
    return values | {"project_id": NOWHERE, "job_uid": ABSENT}


def harmless(world: World, route: Route, values: dict[str, str]) -> dict[str, str]:
    """Values with which a request that is let in takes nothing from the walk."""
    if route.action in LIVES_ON:
        return values | {"project_id": world.add_project()}
    return values if route.method == "GET" else values | {"model_id": ABSENT}


def refused_once(world: World, route: Route, client: httpx.Client, values: dict[str, str]) -> httpx.Response:
    """The answer to a refused request. The record has one line of it when the table says so, and none otherwise."""
    before = world.last_line()
    answer = ask(client, route, values)
    told = [(line.action, line.result) for line in world.lines(before)]
    assert told == ([(route.action.word, REFUSED)] if route.action.recorded else []), shown(route)
    return answer


@pytest.mark.parametrize("route", PROVEN, ids=shown)
def test_nobody_unknown_is_let_in(world: World, held: dict[str, str], route: Route) -> None:
    before = world.last_line()
    for asker in UNKNOWN:
        answer = ask(world.clients[asker], route, held)
        assert (answer.status_code, answer.json()["error_id"]) == (401, "not_signed_in"), asker
        if route.method == "GET":
            assert world.clients[asker].head(place(route, held)).status_code == 401
    assert world.lines(before) == []


@pytest.mark.parametrize("route", [route for route in PROVEN if in_project(route.action)], ids=shown)
def test_a_project_opens_to_its_levels(world: World, held: dict[str, str], route: Route) -> None:
    for level, asker in enumerate(LEVELS):
        client = world.clients[asker]
        if level >= route.action.level:
            answer = ask(client, route, harmless(world, route, held))
            assert let_in(answer), f"{asker}: {answer.status_code} {answer.text}"
        elif level:
            answer = refused_once(world, route, client, held)
            assert (answer.status_code, answer.json()["error_id"]) == (403, "forbidden"), f"{asker}: {answer.text}"
    for asker in ("outsider", MANAGER, "removed"):
        there = refused_once(world, route, world.clients[asker], held)
        assert (there.status_code, there.json()["message"]) == (404, NO_PROJECT)
        assert without_date(there) == without_date(ask(world.clients[asker], route, nowhere(route, held))), asker
        if route.method == "GET":
            assert world.clients[asker].head(place(route, held)).status_code == 404


@pytest.mark.parametrize("route", [route for route in PROVEN if route.action.level is Level.APPLIANCE], ids=shown)
def test_only_administrators_of_the_appliance_manage_it(world: World, held: dict[str, str], route: Route) -> None:
    for asker in LEVELS:
        answer = refused_once(world, route, world.clients[asker], held)
        assert (answer.status_code, answer.json()["error_id"]) == (403, "forbidden"), f"{asker}: {answer.text}"
    answer = ask(world.clients[MANAGER], route, held)
    assert let_in(answer), answer.text


@pytest.mark.parametrize("route", [route for route in PROVEN if route.action.level is Level.SIGNED_IN], ids=shown)
def test_whoever_is_signed_in_has_an_account(world: World, held: dict[str, str], route: Route) -> None:
    for asker in ("outsider", "level1", MANAGER):
        for way_in in (world.spare_client, world.signed_in)[shown(route) in OF_SESSIONS :]:
            with way_in(asker) as client:
                answer = ask(client, route, held)
            assert let_in(answer), f"{asker}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize("route", [route for route in PROVEN if route.method != "GET"], ids=shown)
def test_a_cookie_alone_changes_nothing(world: World, held: dict[str, str], browser: httpx.Client, route: Route) -> None:
    for headers in ({"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 32}):
        answer = browser.request(route.method, place(route, held), headers=headers)
        assert (answer.status_code, answer.json()["error_id"]) == (403, "forbidden")
        assert "X-CSRF-Token" in answer.json()["message"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.action.level is Level.PUBLIC], ids=shown)
def test_what_asks_for_no_user_gains_nothing_from_one(world: World, held: dict[str, str], route: Route) -> None:
    answers = [ask(world.clients[asker], route, held) for asker in ("nobody", MANAGER, "disabled")]
    assert len({answer.status_code for answer in answers}) == 1
    assert answers[0].status_code < 500
    if route.action in (Action.DOCUMENTS, Action.HEALTH, Action.SHARE_DOWNLOAD):
        assert answers[0].status_code in (200, 404)
    else:
        assert answers[0].status_code in (400, 401, 403)


@pytest.fixture(scope="module")
def linked(world: World, held: dict[str, str]) -> dict[str, str]:
    """The same, with a file that is there to be taken and one that is still to come."""
    return held | {"key": world.add_artifact(ROWS), "name": "report_json.json.gz"}


def link_path(route: Route, values: dict[str, str], project: str) -> str:
    """What a link to that route signs."""
    kind = "outputs" if "job_uid" in route.path else "artifacts"
    return f"/{kind}/" + place(route, values | {"project_id": project}).split(f"/{kind}/", 1)[1]


@pytest.mark.parametrize("route", BY_LINK, ids=shown)
def test_a_link_is_good_for_whom_what_and_how_it_was_signed(world: World, linked: dict[str, str], route: Route) -> None:
    values = linked if route.method == "GET" else linked | {"key": world.add_artifact()}
    path, sign, clients = link_path(route, values, PROJECT), world.link.sign, world.clients
    other_method = "PUT" if route.method == "GET" else "GET"
    good = sign(route.method, path, world.ids["level4"])
    here = good.partition("?")[0]
    changed = [
        sign(other_method, path, world.ids["level4"]),
        here + "?" + sign(route.method, path + "x", world.ids["level4"]).partition("?")[2],
        sign(route.method, path, world.ids["level4"], -5),
        good.replace(f"user={world.ids['level4']}", f"user={world.ids['level3']}"),
        good.replace("expires=", "expires=9"),
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        here,
    ]
    before = world.last_line()
    for url in changed:
        for client in (clients["nobody"], world.owner):
            answer = client.request(route.method, url, content=b"" if route.method == "GET" else ROWS)
            assert (answer.status_code, answer.json()["error_id"]) == (403, "forbidden"), answer.text
    assert world.lines(before) == []
    answer = clients["nobody"].request(route.method, good, content=b"" if route.method == "GET" else ROWS)
    assert let_in(answer), answer.text


@pytest.mark.parametrize("route", BY_LINK, ids=shown)
def test_a_link_ends_with_the_right_of_its_user(world: World, linked: dict[str, str], route: Route) -> None:
    path = link_path(route, linked, PROJECT)
    expected = {"outsider": 404, MANAGER: 404, "removed": 404, "disabled": 404}
    expected |= {asker: 403 for level, asker in enumerate(LEVELS) if 0 < level < route.action.level}
    world.ids[MANAGER] = world.good(world.clients[MANAGER].get("/users/me"))["data"]["me"]["_id"]
    for asker, status in expected.items():
        before = world.last_line()
        url = world.link.sign(route.method, path, world.ids[asker])
        answer = world.clients["nobody"].request(route.method, url, content=b"" if route.method == "GET" else ROWS)
        assert answer.status_code == status, f"{asker}: {answer.text}"
        assert [(line.action, line.result) for line in world.lines(before)] == [(route.action.word, REFUSED)], asker


@pytest.mark.parametrize("route", [route for route in ROUTES if route.action.recorded], ids=shown)
def test_what_the_record_tells_of_is_told_once(world: World, route: Route) -> None:
    example = EXAMPLES.get(shown(route))
    assert example is not None, "the record tells of this route: give it an example that succeeds"
    with example(world) as request:
        before = world.last_line()
        answer = request.client.request(
            route.method, request.url, json=request.body, content=request.content, params=request.params or None
        )
        assert answer.status_code == 200, answer.text
        told = [(line.action, line.result, line.actor) for line in world.lines(before)]
    assert told == [(route.action.word, DONE, request.actor)]


def test_no_example_has_outlived_its_route() -> None:
    assert EXAMPLES.keys() == {shown(route) for route in ROUTES if route.action.recorded}


def test_every_route_that_a_module_defines_is_in_the_table() -> None:
    defined = [route for package in (api, people) for route in defined_routes(package)]
    assert {shown(route) for route in defined} <= {shown(route) for route in ROUTES}


def defined_routes(package: Any) -> Iterator[Route]:
    """What the modules of a package call ROUTES."""
    import importlib
    import pkgutil

    for path in package.__path__:
        assert Path(path).is_dir()
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield from getattr(importlib.import_module(module.name), "ROUTES", ())


def test_the_framework_knows_no_path_beyond_the_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[Any] = []

    class Watched(web.Litestar):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            made.append(self)

    monkeypatch.setattr(web, "Litestar", Watched)
    web.create_app(SimpleNamespace(settings=Settings(data_dir=tmp_path)), ROUTES, admit)  # type: ignore[arg-type]
    assert {route.path_format.replace("}", ":str}") for route in made[0].routes} == {route.path for route in ROUTES}


def test_a_method_that_the_table_lacks_is_answered_by_nobody(world: World, held: dict[str, str]) -> None:
    methods: dict[str, set[str]] = {}
    for route in ROUTES:
        methods.setdefault(place(route, held), set()).add(route.method)
    for path, allowed in methods.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
            answer = world.clients[MANAGER].request(method, path)
            assert answer.status_code == 405, f"{method} {path}"
            assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == allowed
