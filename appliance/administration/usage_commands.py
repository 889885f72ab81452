"""What users used, for whoever sits at the machine."""

from __future__ import annotations

from appliance.administration.office import Commands, Office, Request
from appliance.control_plane.store import usage
from appliance.people.usage import UsageOnWire, checked_month, shown, used_by_all


async def _show_usage(office: Office, request: Request) -> list[UsageOnWire]:
    """Of the user that the request names; without an e-mail, of everybody."""
    if not request.email:
        return await used_by_all(office.store, request.month)
    found = usage.of_user(office.store.read, office.user(request).id, checked_month(request.month))
    return shown(office.store.read, found)


COMMANDS: Commands = {"users.usage": _show_usage}
