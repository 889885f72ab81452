"""Users, as the administrators of the installation manage them over the API."""

from __future__ import annotations

import msgspec

from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import users
from appliance.people import accounts
from appliance.people.accounts import Changes, UserOnWire, servers_own, shown
from appliance.people.act import act_of
from appliance.people.members import HeirBody


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who becomes a user."""

    email: str
    administrator: bool = False


async def list_users(call: Call) -> Answer:
    """Every user, oldest first, with the limits that were set, and the server's own limits, which hold where none was set."""
    listed = [shown(user) for user in users.every(call.services.store.read)]
    return data({"users": listed, "limits": servers_own(call.services.settings)})


async def add_user(call: Call) -> Answer:
    """Make a user, and a one-time sign-in link to hand over, which lives for a day."""
    body = await call.body(NewUser)
    user, token = await accounts.add(act_of(call), body.email, administrator=body.administrator)
    return data({"user": shown(user), "sign_in_url": _sign_in_url(call, token)})


async def change_user(call: Call) -> Answer:
    """Disable or enable, promote or demote, set limits. A limit that was raised counts at once, also for jobs that wait."""
    changes = await call.body(Changes)
    user = await accounts.change(act_of(call), call.path["user_id"], changes)
    if changes.limits is not msgspec.UNSET:
        call.services.scheduler.wake()
    return data({"user": shown(user)})


async def link_user(call: Call) -> Answer:
    """Answer a one-time sign-in link, which lives for a day. The password, sessions and keys stay."""
    return data({"sign_in_url": _sign_in_url(call, await accounts.link(act_of(call), call.path["user_id"]))})


async def reset_user(call: Call) -> Answer:
    """Take password, sessions and sign-in links away; answer a new one-time sign-in link, which lives for a day. Keys stay."""
    _, token = await accounts.reset(act_of(call), call.path["user_id"])
    return data({"sign_in_url": _sign_in_url(call, token)})


async def hand_over(call: Call) -> Answer:
    """Give every project that this user alone owns to another user; this one stays an administrator of them."""
    body = await call.body(HeirBody)
    moved = await accounts.hand_over(act_of(call), call.path["user_id"], body.email)
    return data({"projects": [project.guid for project in moved]})


def _sign_in_url(call: Call, token: str) -> str:
    return f"{call.base_url}/#token={token}"


_USERS = "/v1/appliance/users"
_ONE = f"{_USERS}/{{user_id:str}}"

ROUTES = (
    Route("GET", _USERS, Action.USER_READ, list_users, "Users of the installation", answer=UserOnWire),
    Route("POST", _USERS, Action.USER_CREATE, add_user, "Make a user", body=NewUser, answer=UserOnWire),
    Route("PATCH", _ONE, Action.USER_CHANGE, change_user, "Disable, promote or limit a user", body=Changes, answer=UserOnWire),
    Route("POST", f"{_ONE}/sign-in-link", Action.USER_LINK, link_user, "Give a sign-in link; the password stays"),
    Route("POST", f"{_ONE}/reset", Action.USER_RESET, reset_user, "Take a user's password away and give a sign-in link"),
    Route("POST", f"{_ONE}/hand-over", Action.USER_HAND_OVER, hand_over, "Give a user's projects to another", body=HeirBody),
)
