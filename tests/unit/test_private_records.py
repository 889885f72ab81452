"""How many records one command makes: of a table under differential privacy that number must not be the table's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.cli import one_shot

ROWS = 1217


class _Client:
    """Keeps what a run was asked for."""

    params: dict[str, Any]

    def create_model(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {"data": {"model": {"uid": "m"}}}

    def create_run(self, _: str, __: str, body: dict[str, Any], **___: Any) -> dict[str, Any]:
        self.params = body["params"]
        return {"data": {"handler": {"uid": "r"}}}

    def model_path(self, *_: str) -> str:
        return ""

    run_path = model_path

    def manifest(self, *_: str) -> dict[str, Any]:
        return {"status": "done", "rows": ROWS}


@pytest.mark.parametrize(
    ("model_type", "section", "records", "wanted"),
    [
        ("tabular_ft", {}, None, ROWS),
        ("tabular_ft", {"privacy_params": {"dp": True}}, None, None),
        ("tabular_ft", {"privacy_params": {"dp": True}}, 30, 30),
        ("tabular_dp", None, None, None),
    ],
)
def test_the_number_of_rows_is_not_told_by_that_of_private_records(
    monkeypatch: pytest.MonkeyPatch, model_type: str, section: dict[str, Any] | None, records: int | None, wanted: int | None
) -> None:
    for name, answer in (("ensure_project", "p"), ("upload", "key"), ("follow", None), ("fetch", {})):
        monkeypatch.setattr(one_shot, name, lambda *_, answer=answer: answer)
    client, table = _Client(), Path("t.csv")
    order = one_shot.Order(table, {"models": [{model_type: section}]}, table, records=records)
    one_shot.deliver(client, "p", order)  # type: ignore[arg-type]
    assert client.params.get("num_records") == wanted
