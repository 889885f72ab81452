"""Accounts of this installation: made, changed, reset and relieved of what they own, over the API or at the machine alike.

An act over the API is one of an administrator, whose right is asked again in the transaction: two who demote each other at once
cannot both succeed. The first user (the owner) is above administrators: he is never disabled or demoted, and only he and the machine
make a link for him, reset him or take his projects."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from appliance.audit import Entry
from appliance.clock import timestamp
from appliance.control_plane.api.permissions import require_administrator
from appliance.control_plane.store import Connection, invites, keys, users
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.statements import many
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Conflict, Forbidden, NotFound
from appliance.people.act import Act
from appliance.people.email_address import check_email, folded
from appliance.people.membership import pass_on
from appliance.settings import Settings

LINK_LIFETIME_S = 24 * 3600.0
"""Of a sign-in link that is handed to somebody."""

_COLUMNS = {"created": "max_created", "running": "max_running", "max_duration_seconds": "max_duration_s"}
Jobs = Annotated[int, msgspec.Meta(gt=0, le=100_000)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=366 * 86400)]
Bytes = Annotated[int, msgspec.Meta(ge=0, le=1 << 60)]


class LimitsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """New limits; null is the server's own, what is left out stays. Of bytes, 0 is no limit."""

    created: Jobs | UnsetType | None = UNSET
    running: Jobs | UnsetType | None = UNSET
    max_duration_seconds: Seconds | UnsetType | None = UNSET
    storage_bytes: Bytes | UnsetType | None = UNSET


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes different about a user; what is left out stays."""

    disabled: bool | UnsetType = UNSET
    administrator: bool | UnsetType = UNSET
    limits: LimitsChange | UnsetType = UNSET


class LimitsOnWire(msgspec.Struct, frozen=True):
    """Limits of one user: jobs that wait, jobs at once, seconds of a job, bytes stored. Null: the server's own."""

    created: int | None
    running: int | None
    max_duration_seconds: float | None
    storage_bytes: int | None


class UserOnWire(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """One user, as administrators see users."""

    uid: str
    email: str
    disabled: bool
    is_owner: bool
    administrator: bool
    has_password: bool
    created_at: str
    limits: LimitsOnWire


def shown(user: User) -> UserOnWire:
    """A user on the wire."""
    limits = LimitsOnWire(user.max_created, user.max_running, user.max_duration_s, user.storage_bytes)
    about = (user.disabled, user.is_owner, user.administers, bool(user.password_digest))
    return UserOnWire(user.uid, user.email, *about, timestamp(user.created_at), limits)


def servers_own(settings: Settings) -> LimitsOnWire:
    """The server's own limits, which hold where none was set for a user."""
    return LimitsOnWire(settings.max_created, settings.max_running, settings.max_duration_s, settings.user_storage_bytes)


async def add(act: Act, email: str, *, digest: str = "", administrator: bool = False, key: str = "", link: bool = True) -> tuple[User, str]:
    """A new user with the password of that digest and that first API key (empty: none), and a one-time sign-in token, empty without `link`.
    Raises BadRequest for what is no e-mail; Conflict for one that is taken, also in other letters; Forbidden."""
    address, uid, token, at = check_email(email), act.random.token(12).hex(), act.random.token(24).hex(), act.clock.now()

    def insert(connection: Connection) -> User:
        _asking(connection, act)
        taken = any(folded(user.email) == folded(address) for user in users.every(connection))
        made = None if taken else users.insert(connection, uid=uid, email=address, password_digest=digest, is_owner=False, at=at)
        if made is None:
            raise Conflict("There is a user with that e-mail already.")
        if key:
            keys.insert(connection, secret=key, user_id=made.id, name="first", at=at)
        if link:
            keys.issue_token(connection, token=token, user_id=made.id, expires_at=at + LINK_LIFETIME_S)
        return users.change(connection, made, administrator=administrator)

    told = act.told("user", uid, address, administrator=administrator, key=bool(key), link=link)
    return await act.store.write(insert, told=told), token if link else ""


async def change(act: Act, uid: str, changes: Changes) -> User:
    """The user as changed. Disabling ends sessions and sign-in links; keys and signed links answer nothing while it lasts, and jobs go on.
    Raises BadRequest for nothing to change; NotFound; Conflict for the owner and for oneself; Forbidden."""
    values = _named(changes)
    if not values:
        raise BadRequest("Name what changes: `disabled`, `administrator` or `limits`.")

    def update(connection: Connection) -> User:
        by, user = _asking(connection, act), _found(connection, uid)
        _may_change(by, user, changes)
        if changes.disabled is True:
            keys.close_others(connection, user.id, "")
        return users.change(connection, user, **{_COLUMNS.get(name, name): value for name, value in values.items()})

    detail = {name: "server's" if value is None else value for name, value in values.items()}
    return await act.store.write(update, told=lambda user: act.told("user", user.uid, user.email, **detail))


async def reset(act: Act, uid: str) -> tuple[User, str]:
    """Take a user's password, sessions and sign-in links away; the new one-time token is the only way in, besides the keys, which stay.
    Raises NotFound; Conflict for a disabled user; Forbidden."""
    token, at = act.random.token(24).hex(), act.clock.now()

    def clear(connection: Connection) -> User:
        by, user = _asking(connection, act), _found(connection, uid)
        _spare_owner(by, user)
        _enabled(user)
        keys.close_others(connection, user.id, "")
        keys.issue_token(connection, token=token, user_id=user.id, expires_at=at + LINK_LIFETIME_S)
        return users.change(connection, user, password_digest="")

    return await act.store.write(clear, told=lambda user: act.told("user", user.uid, user.email)), token


async def link(act: Act, uid: str, lifetime_s: float = LINK_LIFETIME_S) -> str:
    """A token that signs the user in once within `lifetime_s`, also after a restart. Password, sessions and keys stay. Raises NotFound;
    Conflict for a disabled user; Forbidden."""
    token, at = act.random.token(24).hex(), act.clock.now()

    def issue(connection: Connection) -> User:
        by, user = _asking(connection, act), _found(connection, uid)
        _spare_owner(by, user)
        _enabled(user)
        keys.issue_token(connection, token=token, user_id=user.id, expires_at=at + lifetime_s)
        return user

    await act.store.write(issue, told=lambda user: act.told("user", user.uid, user.email))
    return token


async def set_password(act: Act, uid: str, digest: str) -> User:
    """Give a user the password of that digest, and end his sessions and sign-in links. Raises NotFound."""

    def replace(connection: Connection) -> User:
        _asking(connection, act)
        user = _found(connection, uid)
        keys.close_others(connection, user.id, "")
        return users.change(connection, user, password_digest=digest)

    return await act.store.write(replace, told=lambda user: act.told("user", user.uid, user.email))


def owned_alone(connection: Connection, user: User) -> list[Project]:
    """Projects that have no other owner who can sign in."""
    return many(connection, "project_owned_alone", Project, {"user_id": user.id})


async def hand_over(act: Act, uid: str, email: str) -> list[Project]:
    """Make the user with that e-mail the owner of every project that the first user alone owns (fellow owners who are disabled do not
    count); he stays as an administrator of them. What he made keeps his e-mail. Where there is none, no line is written. Over the API an
    administrator may do so for a disabled user only, so that nobody takes a project from who works in it. Raises NotFound; BadRequest
    for the same user; Conflict for a disabled taker and an enabled giver; Forbidden."""
    at = act.clock.now()

    def move(connection: Connection) -> tuple[User, User, list[Project]]:
        by, giver = _asking(connection, act), _found(connection, uid)
        taker = users.by_email(connection, email)
        if taker is None:
            raise NotFound("There is no user with that e-mail on this server to hand over to.")
        if taker.id == giver.id:
            raise BadRequest("Name another user to hand over to.")
        _spare_owner(by, giver)
        if by is not None and by.id != giver.id and not giver.disabled:
            raise Conflict("Disable the user first: whoever works here hands over projects themselves.")
        _enabled(taker)
        owned = owned_alone(connection, giver)
        for project in owned:
            pass_on(connection, project.id, giver.id, taker.id, at)
            invites.remove_of(connection, project.id, taker.email)
        return giver, taker, owned

    def told(result: tuple[User, User, list[Project]]) -> Entry | None:
        giver, taker, owned = result
        if not owned:
            return None
        guids = " ".join(project.guid for project in owned)
        return act.told("user", giver.uid, giver.email, to=taker.email, to_id=taker.uid, count=len(owned), projects=guids)

    return (await act.store.write(move, told=told))[2]


def _asking(connection: Connection, act: Act) -> User | None:
    """Who asks, as he stands now; None at the machine. Raises Forbidden for one who was disabled or demoted meanwhile."""
    if not act.by:
        return None
    user = users.by_id(connection, act.by)
    require_administrator(user is not None and user.administers and not user.disabled)
    return user


def _found(connection: Connection, uid: str) -> User:
    user = users.by_uid(connection, uid)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def _enabled(user: User) -> None:
    if user.disabled:
        raise Conflict("That user is disabled; enable the account first.")


def _spare_owner(by: User | None, user: User) -> None:
    if user.is_owner and by is not None and by.id != user.id:
        raise Forbidden("That is done to the owner of the installation by the owner, or at the machine.")


def _may_change(by: User | None, user: User, changes: Changes) -> None:
    shut_out, demoted = changes.disabled is True, changes.administrator is False
    if user.is_owner and (shut_out or demoted):
        raise Conflict("The owner of the installation cannot be disabled or demoted.")
    if by is not None and by.id == user.id and (shut_out or demoted):
        raise Conflict("Nobody disables or demotes himself: ask another administrator.")


def _named(changes: Changes) -> dict[str, Any]:
    """What was named, limits beside the rest."""
    named = msgspec.structs.asdict(changes)
    limits = named.pop("limits")
    return {name: value for name, value in (named | (msgspec.structs.asdict(limits) if limits else {})).items() if value is not UNSET}
