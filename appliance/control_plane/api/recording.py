"""Lines of the audit log that change nothing else: what was refused to whom, and whose copy of which data left the server.

Both are bounded, so that nobody can fill the disk with them, and neither waits for the disk."""

from __future__ import annotations

import re

from appliance.audit import REFUSED, Entry
from appliance.control_plane.api.call import Call
from appliance.errors import ApplianceError, Overloaded, StorageFull, StoreFailed

WINDOW_S = 60.0
MOST_REFUSALS = 100
MOST_KNOWN = 10_000
_ID = re.compile(r"(?:[0-9a-f]{24}|[0-9]{1,9}|(?:proj|model|model_run|gretel)_[0-9a-f]{24,32})(?=_|\Z)")
"""What of a path is told: ids of ours. Anything else may be a key or a name that somebody pasted there."""


async def record_refusal(call: Call, error: ApplianceError) -> None:
    """A signed-in user was refused an action that the audit log tells of, or a stranger a sign-in (`via` says how it was tried): at most
    100 lines a minute for each user, and for all strangers together."""
    user = getattr(call, "user", None)
    if not call.action.recorded or (user is None and not call.via):
        return
    number, refusals, now = user.id if user else 0, call.services.refusals, call.services.clock.monotonic()
    since, count = refusals.get(number, (now, 0))
    if now - since > WINDOW_S:
        since, count = now, 0
    refusals[number] = since, count + 1
    if count < MOST_REFUSALS:
        uid = next((found[0] for text in reversed(call.path.values()) if (found := _ID.match(text))), "")
        await _append(call, call.entry(call.action.word.rpartition("_")[0], uid, result=REFUSED, error=error.code))


async def record_access(call: Call, kind: str, uid: str, name: str, **detail: str) -> None:
    """Data is about to be sent: one line a minute for each user (0: whoever has a link) and file, however many ranges are asked for."""
    user = getattr(call, "user", None)
    known, now, key = call.services.accesses, call.services.clock.monotonic(), (user.id if user else 0, uid, name)
    if call.method == "HEAD" or now - known.get(key, -WINDOW_S) < WINDOW_S:
        return
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[key] = now
    await _append(call, call.entry(kind, uid, name, **detail))


async def _append(call: Call, entry: Entry) -> None:
    """Never raises for a store that is full, busy or gone: the answer itself must go out."""
    try:
        await call.services.store.write(lambda connection: None, told=entry, promise=False)
    except (StorageFull, StoreFailed, Overloaded):
        return
