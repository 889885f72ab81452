"""The record of who did what. Each line's digest covers the line before, so that none can be changed, moved or left out unseen.

The digest of a line is sha256 over the 32 bytes of the digest before (zeros for the first) and the bytes of the line. Whoever can write
the whole record can also compute it anew: against that helps a head (number and digest of the last line) that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

GENESIS = bytes(32)
"""What stands for the digest before the first line."""
MACHINE = "machine"
"""The actor of what was done at the machine itself, through `admin.sock` or on the data folder."""
SERVER = "server"
"""The actor of what happened by itself, such as the end of a job."""
DONE, REFUSED = "done", "refused"
MOST_FAULTS = 20


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: `actor` (an e-mail, `machine` or `server`) did `action` (a word of the permission table) to the `kind` named `id`.

    `seq` is given when the line is added; `at` is ISO-8601 in UTC. `via` tells how the actor was known (`key grtu1234`, `session`, `link`,
    `worker`, `admin.sock`), `address` from where; `project` is a guid; `result` is `done`, `refused` (`detail.error` says why) or the final
    state of a job. Names are those that people gave to projects, files and models; nothing of a file's content is ever in a line."""

    seq: int = 0
    at: str
    actor: str
    actor_id: str = ""
    via: str = ""
    address: str = ""
    action: str
    kind: str = ""
    id: str = ""
    name: str = ""
    project: str = ""
    result: str
    detail: dict[str, str | int | float | bool] = {}


class Head(msgspec.Struct, frozen=True):
    """The last line: its number (0: there is none) and its digest in hex."""

    seq: int
    digest: str


class Broken(msgspec.Struct, frozen=True):
    """One place where the record is not what was written: the number of the line, and a sentence."""

    seq: int
    reason: str


class Verdict(msgspec.Struct, frozen=True):
    """What `verify` found: how many lines, the head, and the first 20 faults (none: the record is whole)."""

    lines: int
    head: Head
    faults: tuple[Broken, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


def line_of(entry: Entry) -> bytes:
    """The bytes of a line, which the digest covers."""
    return msgspec.json.encode(entry)


def digest_of(previous: bytes, line: bytes) -> bytes:
    """The digest (32 bytes) of a line that follows one with the digest `previous`."""
    return hashlib.sha256(previous + line).digest()


def verify(rows: Iterable[tuple[int, bytes, bytes]], *, newest: int | None = None, noted: Mapping[int, str] | None = None) -> Verdict:
    """Check a record from its first line. `rows` are (number, line, digest) in the order in which they lie; `newest` is the number that the
    last line must have, where that is known; `noted` are digests in hex of lines by number, as they were noted elsewhere."""
    faults: list[Broken] = []
    previous, last, lines, wanted = GENESIS, 0, 0, dict(noted or {})
    for seq, line, digest in rows:
        lines += 1
        if seq != last + 1:
            faults.append(Broken(seq, f"Line {seq} follows line {last}: lines were removed or moved."))
        elif not line.startswith(b'{"seq":%d,' % seq):
            faults.append(Broken(seq, f"Line {seq} carries another number: it was moved."))
        elif digest_of(previous, line) != digest:
            faults.append(Broken(seq, f"Line {seq} or its digest was changed."))
        if seq in wanted and wanted.pop(seq) != digest.hex():
            faults.append(Broken(seq, f"Line {seq} has another digest than the one that was noted: the record was written anew."))
        previous, last = digest, seq
    if newest is not None and newest != last:
        faults.append(Broken(last, f"The record ends with line {last}; line {newest} was written: lines were removed from the end."))
    faults += [Broken(seq, f"Line {seq}, whose digest was noted, is not in the record.") for seq in wanted]
    return Verdict(lines, Head(last, previous.hex()), tuple(faults[:MOST_FAULTS]))
