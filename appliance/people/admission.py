"""Who is let in: the user behind an API key, a Console cookie with its CSRF header or a signed link, and what the permission table says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from appliance.control_plane.api.auth import COOKIE, bare_key, same, session_cookie, standing
from appliance.control_plane.api.permissions import NO_PROJECT, Level, in_project, require, require_administrator
from appliance.control_plane.api.routes import Call, Route
from appliance.control_plane.store import Connection, jobs, keys, projects, users
from appliance.errors import Forbidden, NotFound, NotSignedIn, Overloaded

USE_NOTED_S = 3600.0
MOST_NOTED = 10_000
_SAFE_METHODS = ("GET", "HEAD")
_NONE = "Send an API key in the Authorization header, or sign in."
_SEVERAL = f"Several cookies named {COOKIE} came, and one is not ours: delete the cookies of this host in the browser, then sign in."


def admit(call: Call, route: Route) -> None:
    """Let the request pass, or raise: find the user and the project that the path names, and ask the permission table."""
    call.action, call.readmit = route.action, partial(admit, route=route)
    action = route.action
    if call.services.refusing and call.method not in _SAFE_METHODS and not action.word.startswith("worker"):
        raise Overloaded(call.services.refusing)
    if action.level is Level.PUBLIC:
        return
    if route.by_link:
        _identify_by_link(call)
    else:
        identify(call)
    if in_project(action):
        call.project = _project(call)
        call.level = standing(call.services.store.read, call.user, call.project.id)
        require(action, call.level)
    elif action.level is Level.APPLIANCE:
        require_administrator(call.user.administers)


def identify(call: Call) -> None:
    """Find the user behind a request. Raises NotSignedIn, Forbidden for a cookie without its CSRF header."""
    authorization = call.header(b"authorization")
    if authorization:
        key = bare_key(authorization)
        user = keys.user_of(call.services.store.read, key)
        if user is None:
            raise NotSignedIn("The API key is not known, revoked, or its user is disabled.")
        call.user, call.via = user, f"key {key[:8]}"
        _note_use(call, key, keys.used)
        return
    cookie = session_cookie(call)
    session = keys.session(call.services.store.read, cookie, call.services.clock.now()) if cookie else None
    if session is None:
        raise NotSignedIn(_SEVERAL if call.header(b"cookie").count(f"{COOKIE}=") > 1 else _NONE)
    if call.method not in _SAFE_METHODS and not same(call.header(b"x-csrf-token"), session.csrf):
        raise Forbidden("The request lacks the session's X-CSRF-Token.")
    found = users.by_id(call.services.store.read, session.user_id)
    if found is None:
        raise NotSignedIn("The user of this session is gone.")
    call.user, call.via = found, "session"
    _note_use(call, cookie, keys.seen)


def _identify_by_link(call: Call) -> None:
    """The user to whom a signed link was given. Raises Forbidden unless the address was signed here, for this method; NotFound."""
    names = [call.path[name] for name in ("project_id", "job_uid", "key", "name") if name in call.path]
    kind = "outputs" if "job_uid" in call.path else "artifacts"
    call.services.links.check(call.method, f"/{kind}/{'/'.join(names)}", call.query("user"), call.query("expires"), call.query("signature"))
    user = users.by_uid(call.services.store.read, call.query("user"))
    if user is None:
        raise NotFound(NO_PROJECT)
    call.user, call.via = user, "link"


def _note_use(call: Call, secret: str, used: Callable[[Connection, str, float], None]) -> None:
    """Write down when a key or a session was last used, once an hour at most and without waiting for it."""
    services = call.services
    digest, now = keys.digest(secret), services.clock.now()
    if now - services.key_uses.get(digest, 0.0) <= USE_NOTED_S:
        return
    if len(services.key_uses) >= MOST_NOTED:
        services.key_uses.clear()
    services.key_uses[digest] = now

    def noted(task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is not None:  # no fault of the request; the next one tries again
            services.key_uses.pop(digest, None)

    task = asyncio.create_task(services.store.write(lambda connection: used(connection, secret, now), promise=False))
    task.add_done_callback(noted)


def _project(call: Call) -> projects.Project:
    read = call.services.store.read
    if "project_id" in call.path:
        project = projects.find(read, call.path["project_id"])
    else:
        job = jobs.by_uid(read, call.path["job_uid"])
        project = projects.by_id(read, job.project_id) if job is not None and not job.deleted else None
    if project is None or project.deleting:
        raise NotFound(NO_PROJECT)
    return project
