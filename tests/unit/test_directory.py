"""The team that an installation is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec

from appliance.clock import SystemClock
from appliance.control_plane.store import Store
from appliance.people.directory import show_team


async def test_the_team_is_one_for_an_installation_and_another_elsewhere(tmp_path: Path) -> None:
    store = await Store.open(tmp_path, SystemClock(), inline=True)
    guids = []
    for secret in (b"a" * 32, b"a" * 32, b"b" * 32):
        call = SimpleNamespace(services=SimpleNamespace(secret=secret, store=store))
        guids.append(msgspec.json.decode((await show_team(call)).body)["data"]["team"]["guid"])  # type: ignore[arg-type]
    assert guids[0] == guids[1] != guids[2]
    await store.close()
