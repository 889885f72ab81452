"""What passes over the sockets between a launcher, its zygotes and its workers. One message is one datagram; nothing is ever a stream.

A launcher makes one socket pair per launch and hands one end on, with `Start`, to a zygote. The worker inherits that end: it says
`Active` on it once, and the end of file tells that the worker's process is gone or never was.
"""

from __future__ import annotations

import msgspec

from appliance.contract.foreign import Moment, ProcessId, decode

MAX_DATAGRAM = 64 << 10
"""Bytes of the largest message."""
INHERITED = 3
"""The descriptor under which a program that a launcher starts finds its socket."""


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Run the attempt in `directory`. The only way by which secrets reach a worker."""

    directory: str
    secrets: dict[str, str] = {}
    environment: dict[str, str] = {}


class Prove(msgspec.Struct, frozen=True, tag="prove"):
    """Fork a canary: it uses every preloaded library for real, says `Proven`, and ends."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """A zygote has imported its modules. `threads` must be 1: a fork from more than one thread may hang.

    `missing`: modules of its list that are not installed. `confinement`: the steps that its children inherit."""

    seconds: float
    threads: int
    missing: tuple[str, ...] = ()
    confinement: dict[str, str] = {}


class Proven(msgspec.Struct, frozen=True, tag="proven"):
    """The canary's last word."""


class Active(msgspec.Struct, frozen=True, tag="active"):
    """The worker is confined and about to run its model. `at`: wall time."""

    pid: ProcessId
    at: Moment


ToZygote = Start | Prove
FromBelow = Ready | Proven | Active

_from_below: msgspec.json.Decoder[FromBelow] = msgspec.json.Decoder(FromBelow)


def encode_message(message: ToZygote | FromBelow) -> bytes:
    """One datagram. Raises ValueError when it is longer than MAX_DATAGRAM."""
    encoded = msgspec.json.encode(message)
    if len(encoded) > MAX_DATAGRAM:
        raise ValueError("The message is too long for one datagram.")
    return encoded


def decode_to_zygote(datagram: bytes) -> ToZygote:
    """A message of a launcher. Raises `msgspec.DecodeError`."""
    message: ToZygote = msgspec.json.decode(datagram, type=ToZygote)
    return message


def decode_from_below(datagram: bytes) -> FromBelow:
    """A message of a zygote, canary or worker. Raises `msgspec.DecodeError`."""
    return decode(datagram, _from_below)
