"""The short form of the benchmarks of people; the long ones are `python -m scripts.bench.people.admission`, `.record` and `.append`.

The bounds are twice what is promised, in CPU time: other programs on the machine slow the caches, not more than that."""

from __future__ import annotations

from pathlib import Path

from scripts.bench.people import admission, record


async def test_a_permission_is_asked_in_microseconds(tmp_path: Path) -> None:
    found = await admission.measure(tmp_path, rounds=5, times=400)
    assert found["require"] < 2
    assert found["level of the member, require"] < 20
    assert found["whole admission of a GET by key"] < 150


async def test_a_record_is_checked_at_a_hundred_thousand_lines_a_second_and_read_by_pages(tmp_path: Path) -> None:
    found = {(label, unit): number for label, number, unit in await record.measure(tmp_path, 4000, pages=3)}
    assert found["verify", "lines a second of CPU"] > 50_000
    assert found["verify, more memory at its peak", "MB"] < 16
    assert 0 < found["lines that user 0 may see", "lines"] < 2000
    assert found["activity: newest 50", "ms p50"] < 200
