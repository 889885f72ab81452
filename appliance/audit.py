"""The record of who did what. Each line's digest covers the line before, so that none can be changed, moved or left out unseen.

The digest of a line is sha256 over the 32 bytes of the digest before (zeros for the first) and the bytes of the line. Whoever can write
the whole record can also compute it anew: against that helps a head (number and digest of the last line) that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import re
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


EMPTY = Head(0, GENESIS.hex())
"""The head of a record without lines."""


class Broken(msgspec.Struct, frozen=True):
    """One place where the record is not what was written: the number of the line, and a sentence."""

    seq: int
    reason: str


class Verdict(msgspec.Struct, frozen=True):
    """What a check found: how many lines, the head, whether the record is whole, and the first 20 faults."""

    lines: int
    head: Head
    sound: bool
    faults: tuple[Broken, ...]


def line_of(entry: Entry) -> bytes:
    """The bytes of a line, which the digest covers."""
    return msgspec.json.encode(entry)


def digest_of(previous: bytes, line: bytes) -> bytes:
    """The digest (32 bytes) of a line that follows one with the digest `previous`."""
    return hashlib.sha256(previous + line).digest()


class Check:
    """Goes through a record piece by piece, in the order in which it lies, and keeps no more of it than the first 20 faults.

    `noted` are digests in hex of lines by number, as they were noted elsewhere. `start` is the head that the first line is to follow:
    of a part that was exported alone the one before it, which has to have been noted. `last` is the number of the last line taken."""

    def __init__(self, noted: Mapping[int, str], start: Head = EMPTY) -> None:
        self._noted = {seq: digest for seq, digest in noted.items() if seq > start.seq}
        self._faults: list[Broken] = []
        self.last, self._previous, self._lines = start.seq, bytes.fromhex(start.digest), 0

    def take(self, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
        """The next lines: number, line, digest."""
        previous, last, noted, decode, sha256 = self._previous, self.last, self._noted, _decoder.decode, hashlib.sha256
        for seq, line, digest in rows:
            if seq == last + 1 and sha256(previous + line).digest() == digest:
                try:
                    sound = decode(line).seq == seq
                except msgspec.DecodeError:
                    sound = False
                if not sound:
                    self._fault(seq, f"Line {seq} is none of ours: it does not read as a line of that number.")
            else:
                self._fault(seq, _reason(seq, last, line))
            if noted and seq in noted and noted.pop(seq) != digest.hex():
                self._fault(seq, f"Line {seq} has another digest than the one that was noted: the record was written anew.")
            previous, last = digest, seq
            self._lines += 1
        self._previous, self.last = previous, last

    def verdict(self, newest: int | None = None) -> Verdict:
        """What was found; `newest` is the number that the last line must have, where that is known."""
        if newest is not None and newest > self.last:
            self._fault(self.last, f"The record ends with line {self.last}; line {newest} was written: lines were removed from the end.")
        for seq in sorted(self._noted):
            self._fault(seq, f"Line {seq}, whose digest was noted, is not in the record.")
        return Verdict(self._lines, Head(self.last, self._previous.hex()), not self._faults, tuple(self._faults))

    def _fault(self, seq: int, reason: str) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Broken(seq, reason))


def _reason(seq: int, last: int, line: bytes) -> str:
    if seq != last + 1:
        return f"Line {seq} follows line {last}: lines were removed, moved or put in."
    if not line.startswith(b'{"seq":%d,' % seq):
        return f"Line {seq} carries another number: it was moved."
    return f"Line {seq}, its digest or the digest before it was changed."


def exported(line: bytes, digest: bytes) -> bytes:
    """One line of an export: `{"entry":…,"digest":"<hex>"}` and a newline, with the bytes of the line as the digest covers them."""
    return b'{"entry":%b,"digest":"%b"}\n' % (line, digest.hex().encode())


def read_exported(text: bytes) -> tuple[int, bytes, bytes]:
    """Number, line and digest of one line of an export. Raises ValueError for anything that `exported` does not write."""
    found = _EXPORTED.fullmatch(text)
    if found is None:
        raise ValueError("This is no line of an exported audit log.")
    line, digest = found.groups()
    number = _SEQ.match(line)
    if number is None:
        raise ValueError("This line of an exported audit log has no number.")
    return int(number[1]), line, bytes.fromhex(digest.decode())


def check_export(lines: Iterable[bytes], noted: Mapping[int, str]) -> Verdict:
    """Check the lines of an exported file. Of one that begins in the middle the line before must be among the `noted`.

    Raises ValueError, with its number in the file, for what is no line of an export."""
    known, check = {EMPTY.seq: EMPTY.digest, **noted}, None
    for place, text in enumerate(lines, 1):
        try:
            found = read_exported(text)
        except ValueError as error:
            raise ValueError(f"Line {place} of the file: {error}") from None
        if check is None:
            before = found[0] - 1
            if before not in known:
                raise ValueError(f"It begins with line {found[0]}: give the digest of line {before}, as noted or exported, to check it.")
            check = Check(noted, Head(before, known[before]))
        check.take((found,))
    return (check or Check(noted)).verdict()


def read_heads(texts: Iterable[str]) -> dict[int, str]:
    """Digests by number of heads as people note them: `SEQ:DIGEST`. Raises ValueError, also where two contradict each other."""
    noted = {EMPTY.seq: EMPTY.digest}
    for text in texts:
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise ValueError("A noted head is the number of a line, a colon, and its digest: 64 digits from 0 to f.")
        if noted.setdefault(int(found[1]), found[2]) != found[2]:
            raise ValueError(f"Two different digests are noted for line {int(found[1])} (that of line 0, before the first, is all zeros).")
    return noted


_decoder = msgspec.json.Decoder(Entry)
_EXPORTED = re.compile(rb'\{"entry":(\{[^\n]*\}),"digest":"([0-9a-f]{64})"\}\n?')
_SEQ = re.compile(rb'\{"seq":([1-9][0-9]{0,17}),')
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
