"""The sample table, for those who have none at hand."""

from __future__ import annotations

import asyncio

from appliance.configurations.sample import sample_csv
from appliance.control_plane.api.routes import Action, Answer, Call, Route

_HEADERS = (
    (b"content-type", b"text/csv; charset=utf-8"),
    (b"content-disposition", b'attachment; filename="customers.csv"'),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"private, max-age=86400"),
)


async def show_sample(call: Call) -> Answer:
    """Made-up customers as CSV, the same bytes each time: a table to try things with."""
    return Answer((await asyncio.to_thread(sample_csv)).encode(), 200, _HEADERS)


ROUTES = (Route("GET", "/v1/appliance/sample", Action.STATUS, show_sample, "The sample table as CSV"),)
