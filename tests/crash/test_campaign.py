"""The short form of the kill campaign; the long one is `python -m scripts.crash.campaign --kills 2000`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from scripts.crash.campaign import Campaign


def test_ten_kills_break_no_promise(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, 10, seed=11)
    try:
        found = asyncio.run(campaign.run())
    finally:
        campaign.appliance.stop()
    assert sum(found["kills"].values()) >= 5
    assert found["acknowledged"] > 10
