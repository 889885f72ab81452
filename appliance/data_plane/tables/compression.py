"""Bytes of a file as they were before compression: gzip and zstd are told by their first bytes, never by the name.

Reading is streamed and bounded: a file that unfolds without measure is refused long before it fills memory or disk.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import pyarrow as pa

from appliance.errors import DataRefused

_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst"}
_ARROW_NAME = {"gz": "gzip", "zst": "zstd"}
_FREE_BYTES = 256 << 20
"""Unfolded bytes that are never questioned; above them at most `_RATIO` bytes may come out of each byte that went in."""
_RATIO = 250
_GZIP_LEVEL = 1
"""Less than half the CPU of zlib's usual 6 for a fifth more bytes."""


class ByteSource(Protocol):
    """What is read from: at most `size` bytes a call, `b""` only at the end."""

    def read(self, size: int) -> bytes: ...


def compression_of(path: Path) -> str:
    """`gz`, `zst` or `""`, by the first bytes of the file."""
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


class PlainStream:
    """A file's bytes, unfolded while they are read. A context manager.

    `read` raises DataRefused when the compressed form is damaged, cut short or unfolds beyond measure."""

    def __init__(self, path: Path) -> None:
        self.compression = compression_of(path)
        self.size = path.stat().st_size
        self.count = 0
        self.closed = False
        self._raw: Any = pa.OSFile(str(path), "rb") if self.compression else path.open("rb")
        self._stream: Any = pa.CompressedInputStream(self._raw, _ARROW_NAME[self.compression]) if self.compression else self._raw

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; `b""` at the end."""
        try:
            block: bytes = self._stream.read(size)
        except OSError:
            raise DataRefused(
                f"The file's {self.compression} compression is damaged or cut short after {self.count:,} bytes of content. "
                "Compress the table again, or upload it without compression."
            ) from None
        self.count += len(block)
        if self.compression and self.count > _FREE_BYTES and self.count > _RATIO * self.size:
            raise DataRefused(
                f"The file unfolds to more than {_RATIO} times its size, as no real table does. "
                "Unpack it yourself and upload the table without compression."
            )
        return block

    @property
    def consumed(self) -> int:
        """Bytes of the file itself that were read so far (read ahead included)."""
        return int(self._raw.tell())

    def close(self) -> None:
        """Safe to repeat."""
        if not self.closed:
            self.closed = True
            self._stream.close()
            self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_for_writing(path: Path, compression: str) -> IO[bytes] | Any:
    """A binary file to write plain bytes into. Same bytes in give the same bytes out (no time, no name in the gzip header)."""
    if compression == "gz":
        return _GzipFile(path)
    if compression == "zst":
        return pa.CompressedOutputStream(str(path), "zstd")
    return path.open("wb")


class _GzipFile(gzip.GzipFile):
    """A gzip file that owns the file below it, with neither name nor time in its header."""

    def __init__(self, path: Path) -> None:
        self._below = path.open("wb")
        super().__init__(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=self._below, mtime=0)

    def close(self) -> None:
        super().close()
        self._below.close()
