"""The record: what is done to a real database file behind its back is found, and an exported file proves itself."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from appliance.administration.audit_commands import check_folder
from appliance.audit import EMPTY, GENESIS, MOST_FAULTS, Entry, digest_of, line_of, read_heads
from appliance.clock import SystemClock
from appliance.control_plane.store import Connection, Store, audit, meta
from appliance.errors import BadRequest, Conflict, DataFolderRefused
from appliance.people.audit_log import LINES_AT_ONCE, check_record, noted_heads
from tests.unit.written_record import LINES, entry, rows_of, write_record

Tamper = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_record(tmp_path_factory.mktemp("record"))


@pytest.fixture
def database(written: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    copy = tmp_path / "appliance.db"
    copy.write_bytes(written.read_bytes())
    return copy


def spoil(database: Path, tamper: Tamper) -> None:
    """As somebody who can write the file: the triggers go first."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("drop trigger audit_no_update")
        connection.execute("drop trigger audit_no_delete")
        tamper(connection)


def write_anew(connection: sqlite3.Connection, change: Callable[[Entry], Entry | None]) -> None:
    """Compute the whole record anew, as its digest allows to anybody who can write it all."""
    rows = connection.execute("select line from audit order by seq").fetchall()
    connection.execute("delete from audit")
    previous, seq = GENESIS, 0
    for (text,) in rows:
        kept = change(Entry(**json.loads(text)))
        if kept is not None:
            seq += 1
            line = line_of(msgspec.structs.replace(kept, seq=seq))
            previous = digest_of(previous, line)
            connection.execute("insert into audit (seq, line, digest) values (?, ?, ?)", (seq, line.decode(), previous))


def swap(connection: sqlite3.Connection, columns: str) -> None:
    """Exchange lines 7 and 9, or parts of them."""
    held = {seq: connection.execute(f"select {columns} from audit where seq = ?", (seq,)).fetchone() for seq in (7, 9)}
    names = columns.split(", ")
    for seq, other in ((7, 9), (9, 7)):
        connection.execute(f"update audit set {', '.join(f'{name} = ?' for name in names)} where seq = {seq}", held[other])


def insert_between(connection: sqlite3.Connection) -> None:
    """A line of one's own behind line 20, the later ones moved on."""
    for seq in range(LINES, 20, -1):
        connection.execute("update audit set seq = seq + 1, line = replace(line, :old, :new) where seq = :seq",
                           {"seq": seq, "old": f'{{"seq":{seq},', "new": f'{{"seq":{seq + 1},'})  # fmt: skip
    forge(connection, 21, entry(0))


def forge(connection: sqlite3.Connection, seq: int, made: Entry | bytes) -> None:
    """Insert a line with a digest that follows the one before."""
    found = connection.execute("select digest from audit where seq = ?", (seq - 1,)).fetchone()
    line = made if isinstance(made, bytes) else line_of(msgspec.structs.replace(made, seq=seq))
    values = (seq, line.decode(), digest_of(found[0] if found else GENESIS, line))
    connection.execute("insert into audit (seq, line, digest) values (?, ?, ?)", values)


def run(text: str) -> Tamper:
    return lambda connection: connection.execute(text)


TAMPERED: dict[str, tuple[Tamper, int, str]] = {
    "a changed line": (run("update audit set line = replace(line, 'ann@', 'bob@') where seq = 5"), 5, "changed"),
    "a changed first line": (run("update audit set line = replace(line, 'ann@', 'bob@') where seq = 1"), 1, "changed"),
    "a changed last line": (run("update audit set line = replace(line, 'done', 'gone') where seq = 40"), 40, "changed"),
    "one more blank": (run("update audit set line = replace(line, ',\"at\"', ', \"at\"') where seq = 8"), 8, "changed"),
    "a changed digest": (run("update audit set digest = zeroblob(32) where seq = 6"), 6, "changed"),
    "a removed first line": (run("delete from audit where seq = 1"), 2, "follows line 0"),
    "a removed middle line": (run("delete from audit where seq = 17"), 18, "follows line 16"),
    "a removed last line": (run("delete from audit where seq = 40"), 39, "line 40 was written"),
    "a removed half": (run("delete from audit where seq > 20"), 20, "line 40 was written"),
    "all lines removed": (run("delete from audit"), 0, "line 40 was written"),
    "two lines exchanged": (lambda c: swap(c, "line, digest"), 7, "another number"),
    "two digests exchanged": (lambda c: swap(c, "digest"), 7, "changed"),
    "a line twice": (run("insert into audit (line, digest) select line, digest from audit where seq = 40"), 41, "another number"),
    "a line put in": (insert_between, 22, "changed"),
    "a line before the first": (run("insert into audit (seq, line, digest) select 0, line, digest from audit where seq = 1"), 0, "follows"),
    "a line far below": (run("insert into audit (seq, line, digest) select -9, line, digest from audit where seq = 1"), -9, "follows"),
    "a line that is none": (lambda c: forge(c, 41, b'{"seq":41,"words":"none of ours"}'), 41, "none of ours"),
    "a line of another number": (lambda c: forge(c, 41, line_of(entry(1))), 41, "none of ours"),
}


def test_an_untouched_record_is_whole(database: Path) -> None:
    verdict = check_record(database, {})
    assert (verdict.sound, verdict.lines, verdict.head.seq) == (True, LINES, LINES)
    head = verdict.head
    assert check_record(database, {head.seq: head.digest}).sound


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_done_behind_its_back_is_found_at_its_place(database: Path, name: str) -> None:
    tamper, seq, words = TAMPERED[name]
    spoil(database, tamper)
    verdict = check_record(database, {})
    assert not verdict.sound
    assert verdict.faults[0].seq == seq
    assert words in verdict.faults[0].reason


@pytest.mark.parametrize("change", [lambda kept: None if kept.seq == 12 else kept, lambda kept: entry(99) if kept.seq == 12 else kept])
def test_a_record_that_was_written_anew_is_found_by_a_noted_head(database: Path, change: Callable[[Entry], Entry | None]) -> None:
    before = check_record(database, {}).head

    def rewrite(connection: sqlite3.Connection) -> None:
        write_anew(connection, change)
        connection.execute("update sqlite_sequence set seq = (select max(seq) from audit) where name = 'audit'")

    spoil(database, rewrite)
    assert check_record(database, {}).sound  # this is what a digest alone cannot prove
    verdict = check_record(database, {before.seq: before.digest})
    assert not verdict.sound
    assert verdict.faults[-1].seq == before.seq


def test_faults_without_number_fill_no_memory(database: Path) -> None:
    spoil(database, run("update audit set digest = randomblob(32)"))
    assert len(check_record(database, {}).faults) == MOST_FAULTS


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set line = '{}' where seq = 1",
        "delete from audit",
        "delete from audit where seq = 1",
        "insert or replace into audit (seq, line, digest) values (1, '{}', x'00')",
        "replace into audit (seq, line, digest) values (1, '{}', x'00')",
    ],
)
async def test_sql_cannot_change_a_line(tmp_path: Path, statement: str) -> None:
    store = await Store.open(tmp_path, SystemClock())
    await store.write(lambda c: audit.append(c, line_of(entry(1))))
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        await store.write(lambda c: c.execute(statement))
    assert audit.head(store.read).seq == 1
    await store.close()
    assert check_record(store.path, {}).sound


async def test_an_act_that_fails_leaves_no_line_and_a_line_is_not_without_its_act(tmp_path: Path) -> None:
    store = await Store.open(tmp_path, SystemClock())

    def refused(connection: sqlite3.Connection) -> None:
        meta.put(connection, "half", b"done")
        raise Conflict("No.")

    with pytest.raises(Conflict):
        await store.write(refused, told=entry(1))
    assert audit.head(store.read) == EMPTY
    await store.write(lambda c: meta.put(c, "whole", b"done"), told=entry(2))
    assert await store.write(lambda c: "again", told=lambda done: None) == "again"
    assert [json.loads(line)["seq"] for _, line, _ in rows_of(store.path)] == [1]
    assert meta.get(store.read, "half") is None
    await store.close()


async def test_lines_of_many_writers_at_once_are_one_chain(tmp_path: Path) -> None:
    """More than one piece, checked while more are written."""
    store = await Store.open(tmp_path, SystemClock())
    count = LINES_AT_ONCE + 200
    writing = asyncio.gather(*(store.write(lambda c, n=n: audit.append(c, line_of(entry(n))), promise=False) for n in range(count)))  # type: ignore[misc]
    seen = []
    while not writing.done():
        seen.append(await asyncio.to_thread(check_record, store.path, {}))
    await writing
    last = check_record(store.path, {})
    await store.close()
    assert all(verdict.sound for verdict in [*seen, last])
    assert (last.lines, last.head.seq) == (count, count)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "appliance.db"
    path.write_bytes(b"not a database at all" * 400)
    with pytest.raises(sqlite3.DatabaseError):
        check_record(path, {})


@pytest.mark.parametrize("spoiled", [b"not a database at all" * 400, (b"tableaudit_place", b"table\xe5udit_place")])
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(database: Path, spoiled: bytes | tuple[bytes, bytes]) -> None:
    database.write_bytes(spoiled if isinstance(spoiled, bytes) else database.read_bytes().replace(*spoiled))
    with pytest.raises(DataFolderRefused, match="cannot be read"):
        check_folder(database.parent, {})


def test_the_digest_is_what_it_is_said_to_be() -> None:
    line = b'{"seq":1,"at":"x","actor":"a","action":"b","result":"done"}'
    assert digest_of(GENESIS, line) == hashlib.sha256(b"\0" * 32 + line).digest()


@pytest.mark.parametrize(
    "text", ["", ":", "1", "1:", "1:" + "0" * 63, "1:" + "A" * 64, "-1:" + "0" * 64, "1:" + "0" * 64 + "x", "١:" + "0" * 64]
)
def test_a_noted_head_is_read_strictly(text: str) -> None:
    with pytest.raises(ValueError, match="noted head"):
        read_heads([text])
    with pytest.raises(BadRequest):
        noted_heads([text])


def test_noted_heads_may_not_contradict_each_other_or_be_endless() -> None:
    assert noted_heads([f"3:{'1' * 64}", f"3:{'1' * 64}", f"0:{'0' * 64}"]) == {0: "0" * 64, 3: "1" * 64}
    for texts in ([f"3:{'1' * 64}", f"3:{'2' * 64}"], [f"0:{'1' * 64}"], [f"{number}:{'1' * 64}" for number in range(101)]):
        with pytest.raises(BadRequest):
            noted_heads(texts)


async def test_a_line_that_cannot_be_written_undoes_its_act_and_no_other(tmp_path: Path) -> None:
    store = await Store.open(tmp_path, SystemClock())
    odd = msgspec.structs.replace(entry(1), name="\ud800")

    def keep(name: str) -> Callable[[Connection], None]:
        return lambda connection: meta.put(connection, name, b"1")

    done = await asyncio.gather(
        *(store.write(keep(name), told=told) for name, told in (("good", entry(1)), ("odd", odd))), return_exceptions=True
    )
    assert [type(end) for end in done] == [type(None), UnicodeEncodeError]
    assert (meta.get(store.read, "good"), meta.get(store.read, "odd")) == (b"1", None)
    assert audit.head(store.read).seq == 1
    await store.close()
