"""What workers and clients do is met without harm: bytes of any content, numbers of any size, many connections."""

from __future__ import annotations

import math
import resource
from pathlib import Path

import msgspec
import pytest

from appliance.administration.machine import raise_open_files
from appliance.clock import dated, timestamp
from appliance.console.event_file import BLOCK_BYTES, Block, blocks_after
from appliance.contract.channel import Active, decode_from_below
from appliance.contract.event import Log, decode_events, encode_event
from appliance.contract.foreign import MOST_LEVELS, check_levels, decode
from appliance.contract.job import Outcome, State
from appliance.contract.lease import Holder, LeaseState, fence, lease_state, read_holder, wait_until_free
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.artifact_store import logs
from appliance.control_plane.artifact_store.logs import LogEntry, archive_as_json, entries_of_events, pack, shown
from appliance.control_plane.scheduler.settlement import UNREADABLE, read_outcome
from appliance.control_plane.scheduler.workshop import heartbeat_time

DEEP = b"[" * 5000 + b"]" * 5000
UNREADABLE_OUTCOMES = {
    "deep where it is kept": b'{"state":"completed","resolved":{"a":' + DEEP + b"}}",
    "deep where it is skipped": b'{"state":"completed","nothing":' + DEEP + b"}",
    "deeper than it could be written": b'{"state":"completed","resolved":{"a":' + b"[" * 900 + b"]" * 900 + b"}}",
    "no UTF-8": b'{"state":"completed","resolved":{"a":"\xff"}}',
    "beyond a float": b'{"state":"completed","usage":{"wall_s":1e999}}',
}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000000Z"),
        (1e300, "9999-12-31T23:59:59.000000Z"),
        (-1e15, "1970-01-01T00:00:00.000000Z"),
        (math.nan, "1970-01-01T00:00:00.000000Z"),
        (math.inf, "1970-01-01T00:00:00.000000Z"),
    ],
)
def test_every_number_has_a_date(seconds: float, text: str) -> None:
    assert timestamp(seconds) == text


@pytest.mark.parametrize("content", UNREADABLE_OUTCOMES.values(), ids=UNREADABLE_OUTCOMES)
def test_an_outcome_that_cannot_be_read_is_an_error_of_its_job(tmp_path: Path, content: bytes) -> None:
    directory = RunDirectory(tmp_path)
    directory.outcome.write_bytes(content)
    assert read_outcome(directory) == Outcome(State.ERROR, UNREADABLE)


@pytest.mark.parametrize("content", [DEEP, b'"\xff"', b"1e999", b"{"])
def test_decoding_fails_in_one_way(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(content, dict[str, object])


def test_what_is_nested_to_the_limit_passes() -> None:
    value: object = 1
    for _ in range(MOST_LEVELS - 1):
        value = {"a": [value]} if isinstance(value, int) else [value]
    check_levels({"a": value} if not isinstance(value, list) else value[0])
    with pytest.raises(ValueError, match="deeply"):
        check_levels([[value]])


@pytest.mark.parametrize("ts", ["1e300", "-1e15", "253402300800", "NaN"])
def test_an_event_of_no_date_is_no_event(ts: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_events(f'{{"type":"log","ts":{ts},"level":"info","stage":"pre","msg":"m"}}\n'.encode())


@pytest.mark.parametrize("content", [b'{"type":"active","pid":5,"at":1e300}', b'{"type":"active","pid":-1,"at":1}', DEEP])
def test_a_worker_cannot_be_active_at_no_date_or_as_no_process(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_from_below(content)
    assert isinstance(decode_from_below(b'{"type":"active","pid":5,"at":1}'), Active)


@pytest.mark.parametrize(
    "content",
    [b'{"pid":1,"start_ticks":1,"boot_id":"","taken_at":1e300}', b'{"pid":99999999999,"start_ticks":1,"boot_id":"","taken_at":1}', DEEP],
)
def test_a_spoilt_lease_names_nobody(tmp_path: Path, content: bytes) -> None:
    lease = tmp_path / "lease"
    lease.write_bytes(content)
    assert read_holder(lease) is None
    lease.write_bytes(msgspec.json.encode(Holder(1, 1, "", 1.0)))
    assert read_holder(lease) == Holder(1, 1, "", 1.0)


def test_a_folder_or_a_dead_link_in_place_of_a_lease_holds_nothing_up(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(tmp_path / "nothing")
    assert lease_state(folder) is LeaseState.FREE
    wait_until_free(folder)
    assert not fence(link)
    assert lease_state(link) is LeaseState.ABSENT


def test_a_heartbeat_at_no_date_is_moved_into_one(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    assert heartbeat_time(directory) is None
    directory.heartbeat.touch()
    beat = heartbeat_time(directory)
    assert beat is not None
    assert beat == dated(beat)
    assert heartbeat_time(RunDirectory(directory.heartbeat)) is None


def test_hostile_lines_leave_the_rest_of_a_log(tmp_path: Path) -> None:
    good = encode_event(Log(1.0, "info", "pre", "good"))
    lines = [
        b'{"type":"log","ts":1e300,"msg":"late"}\n',
        b'{"type":"log","ts":-1e15,"msg":"early"}\n',
        b'{"type":"log","ctx":{"a":' + DEEP + b"}}\n",
        b'{"type":"log","nothing":' + DEEP + b"}\n",
        b'{"type":"log","msg":"\xff"}\n',
    ]
    path = tmp_path / "events.jsonl"
    path.write_bytes(good + b"".join(lines) + good)
    entries = entries_of_events(path)
    assert [entry.msg for entry in entries] == ["good", "late", "early", "good"]
    (tmp_path / "logs.json.gz").write_bytes(pack(entries))
    assert msgspec.json.decode(archive_as_json(tmp_path / "logs.json.gz"), type=list[LogEntry]) == entries


def test_an_answer_holds_the_beginning_of_a_long_log_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_SHOWN", 3)
    path, archive = tmp_path / "events.jsonl", tmp_path / "logs.json.gz"
    seen: list[LogEntry] = []
    for number in range(6):
        with path.open("ab") as file:
            file.write(encode_event(Log(float(number), "warning", "train", f"line {number}", {"n": number})))
        entries = entries_of_events(path)
        archive.write_bytes(pack(entries))
        told = shown(entries)
        assert len(entries) == number + 1
        assert msgspec.json.decode(archive_as_json(archive), type=list[LogEntry]) == told
        assert told[: len(seen)] == seen, "an index into the list stays good"
        seen = told
    assert [entry.msg for entry in seen] == ["line 0", "line 1", "line 2", logs.GOES_ON]
    assert seen[3].ctx == {}


def test_a_line_that_is_too_long_is_passed_over_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    first, long = b'{"a":1}\n', b"x" * (3 * BLOCK_BYTES + 5)

    def after(place: int) -> list[Block]:
        with path.open("rb") as file:
            return list(blocks_after(file, place, path.stat().st_size))

    path.write_bytes(first + long)
    assert after(0) == [(0, first)]
    assert after(len(first)) == []
    with path.open("ab") as file:
        file.write(b"\n" + first)
    begin = len(first) + len(long) + 1
    assert after(len(first)) == [(begin, first)]
    assert after(begin + len(first)) == []


def test_the_server_may_open_as_many_files_as_its_limit_allows() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(before[1], 512), before[1]))
    try:
        raise_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
