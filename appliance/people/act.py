"""Who changes something, as far as a change needs to know: asked over the API or at the machine, it is the same act."""

from __future__ import annotations

from typing import Protocol

import msgspec

from appliance.audit import Entry
from appliance.clock import Clock, Random
from appliance.control_plane.api.call import Call
from appliance.control_plane.store import Store


class Told(Protocol):
    """Makes the audit log's line of an act: the kind of thing, its id and name, and what else there is to say."""

    def __call__(self, kind: str, uid: str = "", name: str = "", *, result: str = "", **detail: str | int | float | bool) -> Entry: ...


class Act(msgspec.Struct, frozen=True):
    """The store, time and randomness, and the line that the audit log gets. `by`: row id of the user who asks, 0 at the machine."""

    store: Store
    clock: Clock
    random: Random
    told: Told
    by: int = 0


def act_of(call: Call) -> Act:
    """An act of whoever sent a request."""
    services, user = call.services, getattr(call, "user", None)
    return Act(services.store, services.clock, services.random, call.entry, user.id if user else 0)
