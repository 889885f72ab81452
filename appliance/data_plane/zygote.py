"""A warm process that imports once and forks one worker per launch.

It has one thread and computes nothing: a child of a process that had *used* a numeric library may hang, a child of one that merely
imported it does not. It ends when the control plane's socket closes; its workers go on.

    python -m appliance.data_plane.zygote MODULE…        with the control plane's socket as descriptor 3
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
from typing import NoReturn

import msgspec

from appliance.clock import Clock, SystemClock
from appliance.contract.channel import INHERITED, MAX_DATAGRAM, Active, Prove, Proven, Ready, Start, decode_to_zygote, encode_message
from appliance.contract.event import Log, encode_event
from appliance.contract.job import ArtifactDigest, Assignment, Input, Kind, Outcome, State
from appliance.contract.lease import Holder, boot_id, start_ticks
from appliance.data_plane.confinement import Confinement
from appliance.data_plane.heartbeat import family
from appliance.data_plane.outcome import Meter, failure_of
from appliance.data_plane.worker import run_attempt


def preload(names: list[str]) -> tuple[str, ...]:
    """Import each module; the names of those that are not installed. Any other error of an import ends the zygote."""
    missing = []
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            missing.append(name)
    return tuple(missing)


def rehearse(clock: Clock) -> None:
    """Build once, in memory, what every child would build again: the readers and writers of the contract's types."""
    assignment = Assignment("", 0, Kind.TRAIN, "", {}, inputs=(Input("", ""),))
    msgspec.json.decode(msgspec.json.encode(assignment), type=Assignment)
    usage = Meter(clock).usage()
    failure = failure_of(MemoryError(), "", assignment, usage)
    msgspec.json.encode(Outcome(State.ERROR, failure, (ArtifactDigest("", "", 0, ""),), usage))
    encode_event(Log(clock.now(), "", "", "", {"": 0}))
    decode_to_zygote(encode_message(Start("", {"": ""}, {"": ""})))
    encode_message(Active(os.getpid(), clock.now()))
    msgspec.json.encode(Holder(os.getpid(), start_ticks(os.getpid()), boot_id(), clock.now()))
    family()


def count_threads() -> int:
    """Threads of this process by the kernel's count; 1 where there is no /proc."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def serve(control: socket.socket, confinement: Confinement, clock: Clock) -> NoReturn:
    """Fork for each message until the control plane is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps: no child leaves a zombie
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        try:
            datagram, descriptors, _, _ = socket.recv_fds(control, MAX_DATAGRAM, 1, socket.MSG_CMSG_CLOEXEC)
        except ConnectionResetError:
            datagram, descriptors = b"", []
        if not datagram:
            os._exit(0)
        try:
            child = os.fork()
        except OSError:  # no process to be had: the end of the channel says so to the launcher
            child = -1
        if child == 0:
            _live(datagram, control, descriptors[0], confinement, clock)
        for descriptor in descriptors:
            os.close(descriptor)  # else the next child would hold it, and its end of file would never come


def _live(datagram: bytes, control: socket.socket, descriptor: int, confinement: Confinement, clock: Clock) -> NoReturn:
    """The child: be what the message says, and never return to the zygote's code."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        channel = socket.socket(fileno=descriptor)
        os.register_at_fork(after_in_child=channel.close)  # its end of file must mean this process, not a grandchild
        message = decode_to_zygote(datagram)
        if isinstance(message, Prove):
            prove()
            channel.send(encode_message(Proven()))
            status = 0
        else:
            status = run_attempt(message, channel, confinement, clock)
    finally:
        os._exit(status)


def fork_attempt(start: Start, channel: socket.socket, clock: Clock) -> int:
    """Fork one confined attempt of a process that has one thread and has computed nothing (a remote worker); the child's pid."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.closerange(3, channel.fileno())  # an open connection would outlive the cut of the network
        os.closerange(channel.fileno() + 1, 4096)
        confinement = Confinement()
        confinement.cut_off()
        status = run_attempt(start, channel, confinement, clock)
    finally:
        os._exit(status)


def prove() -> None:
    """Use every library that was preloaded, as models will. Hangs or raises RuntimeError where a fork is not safe."""
    results = [True]
    if "numpy" in sys.modules:
        numpy = sys.modules["numpy"]
        square = numpy.ones((256, 256))
        results.append(float((square @ square).sum()) == 256.0**3)
    if "sklearn.tree" in sys.modules:
        tree = sys.modules["sklearn.tree"].DecisionTreeRegressor(max_depth=1)
        tree.fit([[float(row)] for row in range(64)], [float(row > 31) for row in range(64)])
        results.append(tree.get_n_leaves() == 2)
    if "pyarrow" in sys.modules:
        pyarrow = sys.modules["pyarrow"]
        results.append(pyarrow.chunked_array([[1, 2], [3]]).cast("string").to_pylist() == ["1", "2", "3"])
    if not all(results):
        raise RuntimeError("A preloaded library computes wrongly after a fork.")


def main(names: list[str]) -> NoReturn:
    """Import, cut itself off, tell that it is ready, serve."""
    os.closerange(INHERITED + 1, 1 << 16)
    os.setsid()  # an interrupt typed at the server's terminal is not meant for workers
    clock = SystemClock()
    began = clock.monotonic()
    missing = preload(names)
    confinement = Confinement()
    threads = count_threads()
    confinement.cut_off()
    rehearse(clock)
    gc.collect()
    gc.freeze()  # else the first collection in a child would copy every page
    control = socket.socket(fileno=INHERITED)
    control.set_inheritable(False)
    try:
        control.send(encode_message(Ready(clock.monotonic() - began, threads, missing, confinement.steps)))
    except OSError:
        os._exit(0)
    serve(control, confinement, clock)


if __name__ == "__main__":
    main(sys.argv[1:])
