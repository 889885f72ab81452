"""Events of a job by byte range: both directions, filters, search, hostile lines, and the stored log after the run directory."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.console.event_file import BLOCK_BYTES, Marks, begins_line, blocks_after, blocks_before
from appliance.console.job_log import Found, Range, Wanted, look_through, open_source
from appliance.contract.event import Event, Log, Metric, Progress, decode_event, encode_event
from appliance.control_plane.api.jobs import LEVELS
from appliance.control_plane.artifact_store.logs import entries_of_events, pack

END = 1 << 53
HOSTILE = (
    b"\n",
    b"not json\n",
    b'{"type":"log"}\n',
    b'{"id":7,"type":"log","ts":1,"level":"error","stage":"run","msg":"an id of its own"}\n',
    b'{"type":"log","ts":1,"level":"error","stage":"run","msg":"<img src=x onerror=alert(1)>\\u0000"}\n',
    b'{"type":"log","ts":1,"level":"shout","stage":"run","msg":"no level"}\r\n',
    b'{"type":"log","ts":1e99,"level":"info","stage":"run","msg":"no date"}\n',
    b"\xff\xfe\x00\n",
    b'{"type":"log","ts":1,"level":"info","stage":"run","msg":"' + b"long " * 100_000 + b'"}\n',
    b"x" * (BLOCK_BYTES + 5) + b"\n",
    b"[" * 200_000 + b"\n",
)


class Standing:
    """A clock that stands still: patience never ends."""

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0


class Hurried(Standing):
    """A clock on which every look takes a second."""

    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        self.time += 1.0
        return self.time


def lines(count: int, hostile: bool, seed: int = 1) -> list[bytes]:
    """Events as workers write them, and worse."""
    chance, made = random.Random(seed), []
    for number in range(count):
        kind = chance.randrange(4)
        events: tuple[Event, ...] = (
            Log(number, LEVELS[chance.randrange(4)], "train", f'Column "größe/{number}" is learned', {"n": number}),
            Log(number, "info", "train", f"Line {number} of a LONG log"),
            Progress(number, "train", number, count),
            Metric(number, "loss", number / 7),
        )
        made.append(encode_event(events[kind]))
        if hostile and number % 9 == 0:
            made.append(HOSTILE[chance.randrange(len(HOSTILE))])
    return made


def truth(content: list[bytes], wanted: Wanted) -> list[tuple[int, Any]]:
    """Every wanted event and its id, by the plainest way there is."""
    found, at = [], 0
    for line in content:
        at += len(line)
        try:
            event = decode_event(line)
        except msgspec.DecodeError:
            continue
        if len(line) <= BLOCK_BYTES and wanted.has(event):
            found.append((at, event))
    return found


def ask(
    path: Path, *, clock: Any = None, after: int = 0, before: int = END, limit: int = 50, backward: bool = False, **wanted: Any
) -> Found:
    """One range of a file."""
    source = open_source(path, None)
    assert source is not None
    with source.file:
        return look_through(source, Range(after, before, limit, backward, Wanted(**wanted)), clock or Standing())


def ids(found: Found) -> list[int]:
    """Ids of the events as they were encoded."""
    return [msgspec.json.decode(event)["id"] for event in found.events]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"types": frozenset({"log"})},
        {"types": frozenset({"log"}), "level": 2},
        {"types": frozenset({"metric", "progress"}), "level": 3},
        {"level": 3},
        {"text": "long"},
        {"text": "größe/1"},
        {"text": '"größe'},
        {"text": "is learned", "level": 1},
    ],
)
@pytest.mark.parametrize("hostile", [False, True])
def test_both_directions_find_what_the_plainest_way_finds(tmp_path: Path, wanted: dict[str, Any], hostile: bool) -> None:
    content = lines(600, hostile)
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(content) + b'{"type":"log","ts":1,"lev')
    expected = [place for place, _ in truth(content, Wanted(**wanted))]
    assert expected
    forward: list[int] = []
    at, last = 0, -1
    while at > last:
        found = ask(path, after=at, limit=37, **wanted)
        forward += ids(found)
        at, last = found.next, at
    assert forward == expected
    backward: list[int] = []
    at = END
    while at > 0:
        found = ask(path, before=at, limit=37, backward=True, **wanted)
        backward = [*ids(found), *backward]
        assert found.first < at
        at = found.first
    assert backward == expected


def test_any_byte_is_a_place_to_look_back_from(tmp_path: Path) -> None:
    content = lines(40, False)
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(content))
    places = [place for place, _ in truth(content, Wanted())]
    for byte in range(0, places[-1] + 3, 7):
        found = ask(path, before=byte, limit=3, backward=True)
        assert ids(found) == [place for place in places if place <= byte][-3:]
        assert found.next == max([place for place in places if place <= byte], default=0)


def test_a_search_counts_beyond_what_it_lists_and_says_how_far_it_came(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    one = encode_event(Log(1.0, "info", "run", "A needle " + "x" * 1000))
    path.write_bytes(one * 3000)
    found = ask(path, limit=10, text="needle")
    assert (len(found.events), found.matches, found.searched, found.next) == (10, 3000, 3000 * len(one), 10 * len(one))
    hurried = ask(path, limit=10, text="needle", clock=Hurried())
    assert 0 < hurried.searched < 3000 * len(one)
    assert hurried.matches * len(one) == hurried.searched
    rest = ask(path, after=hurried.searched, limit=0, text="needle")
    assert (rest.matches + hurried.matches, rest.events) == (3000, [])
    none = ask(path, text="no such text", clock=Hurried())
    assert none.next == none.searched < 3000 * len(one)


def test_an_id_of_a_workers_own_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(HOSTILE[3])
    (event,) = ask(path).events
    assert event.count(b'"id"') == 1
    assert msgspec.json.decode(event)["id"] == len(HOSTILE[3])


def test_a_line_without_an_end_is_waited_for_and_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"y" * (3 * BLOCK_BYTES))
    assert (ask(path).next, ask(path, backward=True).events) == (0, [])
    with path.open("ab") as file:
        file.write(b"\n" + encode_event(Log(1.0, "info", "run", "after it")))
    assert ids(ask(path)) == ids(ask(path, backward=True)) == [path.stat().st_size]
    with path.open("rb") as file:
        blocks = [*blocks_after(file, 0, END), *blocks_before(file, 0, path.stat().st_size)]
        assert max(len(block) for _, block in blocks) <= BLOCK_BYTES
        assert not begins_line(file, 5)


def test_marks_let_no_wanted_line_through_the_sieve() -> None:
    content = b'a "Error" line\nanother\n"error"\nlast ERROR'
    assert [line for _, line in Marks((b"error",), loose=True).lines((10, content + b"\n"))] == [
        b'a "Error" line\n',
        b'"error"\n',
        b"last ERROR\n",
    ]
    assert [place for place, _ in Marks((b'"error"', b"another")).lines((10, content + b"\n"))] == [33, 41]


def test_the_stored_log_answers_when_the_run_directory_is_gone(tmp_path: Path) -> None:
    events, stored = tmp_path / "events.jsonl", tmp_path / "logs.json.gz"
    events.write_bytes(b"".join(lines(300, False)))
    expected = [(str(event.msg), str(event.level)) for _, event in truth(lines(300, False), Wanted(types=frozenset({"log"})))]
    stored.write_bytes(pack(entries_of_events(events)))
    events.unlink()
    source = open_source(events, stored)
    assert source is not None
    assert source.name == "log"
    with source.file:
        told = look_through(source, Range(0, END, 10_000, False, Wanted()), Standing())
        back = look_through(source, Range(0, END, 10_000, True, Wanted(text="größe/2")), Standing())
    shown = [msgspec.json.decode(event) for event in told.events]
    assert set(expected) <= {(event["msg"], event["level"]) for event in shown}
    assert {event["type"] for event in shown} == {"log"}
    assert (told.next, back.first) == (source.size, 0)
    assert all("größe/2" in msgspec.json.decode(event)["msg"] for event in back.events)
    assert len(back.events) > 10


def test_without_either_there_is_nothing(tmp_path: Path) -> None:
    stored = tmp_path / "logs.json.gz"
    assert open_source(tmp_path / "events.jsonl", None) is None
    assert open_source(tmp_path / "events.jsonl", stored) is None
    stored.write_bytes(b"x")
    assert open_source(tmp_path / "events.jsonl", stored) is None
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert open_source(tmp_path / "link", None) is None
