"""Text encodings: told from the bytes, turned into UTF-8 while streaming, and back when writing.

Names are Python's, with two of our own: `utf-16` always means little-endian with a byte order mark, `utf-16-be-sig` big-endian with one.
"""

from __future__ import annotations

import codecs

from appliance.data_plane.tables.compression import ByteSource
from appliance.data_plane.tables.eastern import eastern_encoding
from appliance.errors import DataRefused

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16-be-sig"))
_CODECS = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-16-be-sig": "utf-16-be"}
_MARK_OF = {"utf-8-sig": codecs.BOM_UTF8, "utf-16": codecs.BOM_UTF16_LE, "utf-16-be-sig": codecs.BOM_UTF16_BE}
_CONTROLS = bytes(code for code in range(32) if code not in (1, 9, 10, 12, 13, 27, 28, 29, 30, 31))
_PRESCAN_BYTES = 64 << 20
_TAIL = 256
_KNOWN_BINARY = (
    (b"PK\x03\x04", "a ZIP or Excel file", "Save the sheet as CSV, or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "Save the sheet as CSV"),
    (b"%PDF", "a PDF", "Export the table as CSV"),
    (b"SQLite format 3\0", "an SQLite database", "Export one table as CSV"),
    (b"\x89PNG", "a picture", "Upload a table"),
    (b"\x80\x04\x95", "a Python pickle, which is never opened", "Save the table as CSV or Parquet"),
    (b"BZh", "compressed with bzip2", "Use gzip, zstd or no compression"),
    (b"\xfd7zXZ\0", "compressed with xz", "Use gzip, zstd or no compression"),
)


def mark_of(encoding: str) -> bytes:
    """The byte order mark that a file in `encoding` starts with, or nothing."""
    return _MARK_OF.get(encoding, b"")


def codec_of(encoding: str) -> str:
    """The Python codec of `encoding`, without a byte order mark. Raises DataRefused for a name that Python does not know."""
    name = _CODECS.get(encoding, encoding)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        raise DataRefused(f"The encoding {encoding!r} is not known. Use one such as utf-8, utf-16 or cp1252.") from None
    if not found._is_text_encoding:
        raise DataRefused(f"{encoding!r} is not a text encoding. Use one such as utf-8, utf-16 or cp1252.")
    return found.name


def sniff_encoding(head: bytes, source: ByteSource) -> str:
    """The encoding, from the first bytes and, while these are plain ASCII, from what `source` (positioned after them) goes on with.

    Raises DataRefused for a file that is no text."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    _refuse_binary(head)
    if b"\0" in head:
        return _utf16_or_refuse(head)
    block, seen, ended = head, 0, False
    while block.isascii() and seen < _PRESCAN_BYTES and not ended:
        following = source.read(1 << 20)
        seen, ended = seen + len(following), not following
        block = following or block
    if block and block[-1] >= 0xC0:
        block += source.read(4)
    return _utf8_or_legacy(block)


def _refuse_binary(head: bytes) -> None:
    for magic, what, advice in _KNOWN_BINARY:
        if head.startswith(magic):
            raise DataRefused(f"The file is {what}, not a table. {advice}.")


def _utf16_or_refuse(head: bytes) -> str:
    even, odd = head[0::2], head[1::2]
    nulls_even, nulls_odd = even.count(0) / len(even), odd.count(0) / max(len(odd), 1)
    if nulls_odd > 0.4 and nulls_even < 0.05:
        return "utf-16-le"
    if nulls_even > 0.4 and nulls_odd < 0.05:
        return "utf-16-be"
    raise DataRefused("The file is binary (it holds NUL bytes), not a table of text. Upload CSV, JSON, JSONL or Parquet.")


def _utf8_or_legacy(block: bytes) -> str:
    """UTF-8 when the first bytes beyond ASCII are UTF-8 (wrong ones further on are then refused with their line), else an encoding of
    Japan, Korea or China that the text is clearly in, else CP1252."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(block)
        return "utf-8"
    except UnicodeDecodeError as error:
        eastern = eastern_encoding(block)
        if eastern is not None:
            return eastern
        if not block[: error.start].isascii():
            return "utf-8"
    if len(block.translate(None, _CONTROLS)) != len(block):
        raise DataRefused("The file is binary (it holds control characters), not a table of text. Upload CSV, JSON, JSONL or Parquet.")
    try:
        block.decode("cp1252")
    except UnicodeDecodeError:
        raise DataRefused("The file's encoding is neither UTF-8 nor UTF-16, nor clearly an older one. Save the table as UTF-8.") from None
    return "cp1252"


class Utf8Stream:
    """A byte source as valid UTF-8 without a byte order mark, whatever its encoding. What pyarrow reads from.

    `tail` is the last text that was read, a few hundred bytes of it.
    `read` raises DataRefused with the line of the first byte that is not text."""

    def __init__(self, source: ByteSource, encoding: str) -> None:
        self.closed = False
        self.tail = b""
        self._source = source
        self._encoding = encoding
        self._marked = bool(mark_of(encoding))
        self._split = False
        self._codec = codec_of(encoding)
        self._decoder = codecs.getincrementaldecoder(self._codec)()
        self._line = 1

    def read(self, size: int) -> bytes:
        """The next bytes as UTF-8, about `size` of them; `b""` only at the end."""
        while True:
            block = self._source.read(size)
            text = self._text(block)
            if self._marked and text:
                text, self._marked = text.removeprefix(codecs.BOM_UTF8), False
            if text or not block:
                self.tail = (self.tail + text[-_TAIL:])[-_TAIL:]
                return text

    def _text(self, block: bytes) -> bytes:
        try:
            decoded = self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            line = self._line + decoded_lines(error.object, error.start, self._codec)
            raise DataRefused(
                f"Line {line:,} holds bytes that are not valid {self._encoding.upper()}. Save the table as UTF-8, or name its encoding."
            ) from None
        text = decoded.encode("utf-8", "surrogatepass") if self._codec != "utf-8" or self._pending(block) else block
        if b"\0" in text:
            line = self._line + text.count(b"\n", 0, text.index(b"\0"))
            raise DataRefused(f"Line {line:,} holds a NUL byte, which no table of text has. Export it again.")
        self._line += text.count(b"\n")
        return text

    def _pending(self, block: bytes) -> bool:
        """Whether a character lies across this block's edges, so that the block's bytes are not the text's."""
        pending = bool(self._decoder.getstate()[0]) or self._split
        self._split = bool(self._decoder.getstate()[0])
        return pending

    def close(self) -> None:
        """Marks the stream closed; the source is closed by its owner."""
        self.closed = True


def decoded_lines(data: bytes, end: int, codec: str) -> int:
    """How many line ends stand in the first `end` bytes."""
    return data[:end].decode(codec, "ignore").count("\n")
