"""The list of invites as an agent polls it: what its query may say, and that no invite is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.clock import timestamp
from appliance.errors import BadRequest
from appliance.people.invites import moment
from tests.unit.people_house import BIRTH
from tests.unit.shared_project import RECEIVED, received, shared


async def test_the_polling_agent_sees_each_invite_once(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        await town.invite("ann", "bob", 2)
        first = (await town.ask("bob", "GET", f"{RECEIVED}?org_only=true&include_expired=false&invite_types=project,team"))[1]
        assert len(first["invites"]) == 1
        town.home.clock.at += 120.0
        later = (await town.ask("bob", "GET", f"{RECEIVED}?since={first['timestamp']}"))[1]
        assert len(later["invites"]) == 1  # within the minute that polls overlap
        assert await received(town, "bob", f"?since={later['timestamp']}") == []
        assert await received(town, "bob", f"?since={BIRTH + 1}") == []
        assert len(await received(town, "bob", "?since=0&invite_types=project")) == 1
        assert await received(town, "bob", "?invite_types=team") == await received(town, "bob", "?invite_types=other") == []


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=1e9", "since=-1", "since=" + "9" * 400, "since=١٢٣", "include_expired=perhaps"]
)
async def test_a_query_that_means_nothing_is_refused(tmp_path: Path, query: str) -> None:
    async with shared(tmp_path, bob=0) as town:
        assert (await town.ask("bob", "GET", f"{RECEIVED}?{query}"))[0] == 400


def test_moments_are_read_in_either_form() -> None:
    seconds = 1_769_860_800.0
    forms = ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000+00:00", "2026-01-31T13:00:00 01:00", "2026-01-31 12:00:00", "1769860800")
    assert {moment(form, "since") for form in (*forms, timestamp(seconds))} == {seconds}
    assert moment("", "since") == 0.0
    for wrong in ("2026-13-01", "T", " ", "nan", "inf", "1769860800000", "2026-01-31T12:00:00+99:00"):
        with pytest.raises(BadRequest, match="`since`"):
            moment(wrong, "since")
