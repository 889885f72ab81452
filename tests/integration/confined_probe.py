"""Runs inside a confined process: tries what a worker must not do and what its libraries must be able to do; prints what came of it.

python -m tests.integration.confined_probe RUN_DIRECTORY KIND [UID] [PATH…]
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.confinement import Confinement


def attempt(act: Callable[[], object]) -> str:
    """`done`, or the name of what stopped it."""
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"


def connect(family: int, kind: int, address: object) -> Callable[[], object]:
    def act() -> None:
        with socket.socket(family, kind) as made:
            made.connect(address)
            made.send(b"x")

    return act


def forbidden(run: RunDirectory, others: list[Path]) -> dict[str, str]:
    """Network and files that are not the worker's."""
    secret, port, admin = others[0], int(others[1].name), others[2]
    tried = {
        "tcp": connect(socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 9)),
        "udp": connect(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 9)),
        "localhost": connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
        "ipv6": connect(socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 9)),
        "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
        "admin_socket": connect(socket.AF_UNIX, socket.SOCK_STREAM, str(admin)),
        "read_secret": secret.read_bytes,
        "list_data_folder": lambda: os.listdir(secret.parent),
        "write_outside": lambda: (secret.parent / "new").write_bytes(b"x"),
        "shared_memory": lambda: Path("/dev/shm/appliance-probe").write_bytes(b"x"),
        "tmp": lambda: Path("/tmp/appliance-probe").write_bytes(b"x"),
        "home": lambda: os.listdir(os.path.expanduser("~root")),
        "write_input": lambda: (run.inputs / "table.csv").write_bytes(b"x"),
        "link_input": lambda: os.link(run.inputs / "table.csv", run.staging / "stolen"),
        "open_to_all": lambda: secret.chmod(0o666),
        "open_input_to_all": lambda: os.chmod(run.inputs / "table.csv", 0o666),
        "give_away": lambda: os.chown(secret, os.getuid(), os.getgid()),
        "truncate": lambda: os.truncate(secret, 0),
        "limits_of_the_server": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE),
        "write_job": lambda: run.assignment.write_bytes(b"x"),
        "write_package": lambda: Path(socket.__file__).open("ab").close(),
    }
    return {name: attempt(act) for name, act in tried.items()}


def allowed(run: RunDirectory) -> dict[str, str]:
    """What every worker needs."""
    tried: dict[str, Callable[[], object]] = {
        "read_input": (run.inputs / "table.csv").read_bytes,
        "read_job": run.assignment.read_bytes,
        "stage": lambda: (run.staging / "data.csv").write_bytes(b"x"),
        "publish": lambda: (run.staging / "data.csv").rename(run.artifacts / "data.csv"),
        "folder": lambda: (run.tmp / "deep" / "er").mkdir(parents=True),
        "log": lambda: run.events.open("ab").write(b"\n"),
        "outcome": lambda: ((run.path / "outcome.tmp").write_bytes(b"{}"), (run.path / "outcome.tmp").rename(run.outcome)),
        "null": lambda: Path(os.devnull).write_bytes(b"x"),
        "own_limits": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        "random": lambda: os.close(os.open("/dev/urandom", os.O_RDONLY)),
        "proc": Path("/proc/self/statm").read_bytes,
        "socket_pair": lambda: [end.close() for end in socket.socketpair()],
    }
    return {name: attempt(act) for name, act in tried.items()}


def libraries(run: RunDirectory) -> dict[str, str]:
    """The main call of each library, imported under confinement."""
    import numpy
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet
    import scipy.stats
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.tree import DecisionTreeRegressor

    rows = numpy.random.default_rng(1).normal(size=(500, 4))
    table = pyarrow.table({"a": rows[:, 0], "b": rows[:, 1]})
    report = {"numpy": str((rows.T @ rows).shape), "scipy": str(scipy.stats.rankdata(rows[:, 0]).max())}
    report["sklearn"] = str(DecisionTreeRegressor(max_depth=3).fit(rows[:, :3], rows[:, 3]).get_depth())
    report["boosting"] = str(HistGradientBoostingClassifier(max_iter=3).fit(rows[:, :3], rows[:, 3] > 0).n_iter_)
    pyarrow.parquet.write_table(table, run.staging / "t.parquet", compression="zstd")
    report["parquet"] = str(pyarrow.parquet.read_table(run.staging / "t.parquet").equals(table))
    with pyarrow.CompressedOutputStream(str(run.staging / "t.csv.zst"), "zstd") as stream:
        pyarrow.csv.write_csv(table, stream)
    report["forks"] = str(forks(run))
    report["csv_zstd"] = str(pyarrow.csv.read_csv(run.staging / "t.csv.zst").num_rows)
    return report


def forks(run: RunDirectory) -> int:
    """In how many processes of its own sampling makes three chunks."""
    import pyarrow

    from appliance.data_plane.synthesis.processes import forked_chunks
    from appliance.data_plane.synthesis.tree_model import Sampled
    from appliance.data_plane.tables.schema import Table, TableSchema

    def make(number: int) -> Sampled:
        return Sampled(Table(TableSchema(()), pyarrow.table({"pid": [os.getpid()]})), 0)

    made = forked_chunks(make, 3, 2, run.tmp, TableSchema(()))
    return len({part.table.data.column("pid")[0].as_py() for part in made} - {os.getpid()})


def main(arguments: list[str]) -> None:
    """Confine this process, probe, print JSON."""
    run, kind, uid = RunDirectory(Path(arguments[0])), arguments[1], int(arguments[2])
    if uid:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    confinement = Confinement()
    confinement.cut_off()
    steps = confinement.enclose(run, run.read_assignment().limits, allow_unconfined=False)
    found = {
        "forbidden": lambda: forbidden(run, [Path(path) for path in arguments[3:]]),
        "allowed": lambda: allowed(run),
        "libraries": lambda: libraries(run),
    }[kind]()
    os.write(1, json.dumps({"steps": steps, "found": found}).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
