"""The artifact store: names, links, uploads, reserve, what is kept of a job, the data folder."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest

from appliance.administration.data_folder import DataFolder
from appliance.clock import SystemRandom
from appliance.contract.event import Log, Progress, encode_event
from appliance.contract.job import ArtifactDigest, Kind, Outcome, State
from appliance.contract.lease import read_holder
from appliance.contract.run_directory import RunDirectory, plain_bytes
from appliance.control_plane.artifact_store import uploads
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.links import LINKS, LinkSigner
from appliance.control_plane.artifact_store.local import LocalStore, open_regular
from appliance.control_plane.artifact_store.logs import LogEntry, archive_as_json, entries_of_events
from appliance.control_plane.artifact_store.names import clean_name, disposition, is_key, new_key
from appliance.control_plane.artifact_store.outputs import Outputs
from appliance.control_plane.artifact_store.uploads import BLOCK_BYTES, Allowance, Received, receive
from appliance.control_plane.store.ballast import BALLAST_BYTES, Ballast
from appliance.control_plane.store.jobs import Job, JobInput
from appliance.errors import BadRequest, Forbidden, NotFound, StorageFull


class Now:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    made = LocalStore(tmp_path, Disk(tmp_path, 0))
    made.prepare()
    return made


def job(uid: str = "a" * 24, kind: Kind = Kind.TRAIN, **fields: object) -> Job:
    """A job row of which only what the artifact store reads is set."""
    empty: dict[str, object] = dict.fromkeys(Job.__struct_fields__)
    return Job(**{**empty, "uid": uid, "kind": kind, "inputs": (), **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("data.csv", "data.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\tables\my table.csv", "my_table.csv"),
        ("a/b/", "b"),
        (".hidden", "hidden"),
        ("...", "file"),
        ("", "file"),
        ("x\x00y\n.csv", "x_y_.csv"),
        ("Größe.csv", "Größe.csv"),
        ("a?b#c%2F.csv.gz", "a_b_c_2F.csv.gz"),
    ],
)
def test_names_are_cleaned(given: str, clean: str) -> None:
    assert clean_name(given) == clean


def test_a_long_name_keeps_its_extension_and_fits() -> None:
    name = clean_name("ü" * 400 + ".csv.gz")
    assert name.endswith(".csv.gz")
    assert len(name.encode()) <= 150
    assert is_key(new_key("ü" * 400 + ".csv.gz", SystemRandom()))


@pytest.mark.parametrize("text", ["gretel_x", "gretel_" + "a" * 32, "gretel_" + "a" * 32 + "_../x", "other_" + "a" * 32 + "_x"])
def test_what_is_no_key_is_told_apart(text: str, store: LocalStore) -> None:
    assert not is_key(text)
    with pytest.raises(BadRequest):
        store.artifact_path(text)


def test_a_header_survives_any_name() -> None:
    assert disposition('a"b\u4e2d.csv').encode("latin-1")


def parts(link: str) -> tuple[str, str, str, str]:
    url = urlsplit(link)
    query = parse_qs(url.query)
    return unquote(url.path).removeprefix(LINKS), query["user"][0], query["expires"][0], query["signature"][0]


def test_a_link_is_good_for_its_method_path_user_and_time_only() -> None:
    clock = Now()
    signer = LinkSigner(b"secret", clock, 60)
    path, user, expires, signature = parts(signer.sign("GET", "/outputs/x/räport.gz", "a" * 24))
    signer.check("GET", path, user, expires, signature)
    signer.check("HEAD", path, user, expires, signature)
    for method, other, who, until, sign in (
        ("PUT", path, user, expires, signature),
        ("GET", path + "x", user, expires, signature),
        ("GET", path, "b" * 24, expires, signature),
        ("GET", path, "\ud800", expires, signature),
        ("GET", path, user, str(int(expires) + 1), signature),
        ("GET", path, user, expires, signature[:-1]),
        ("GET", path, user, "", ""),
        ("GET", path, user, "٣", signature),
    ):
        with pytest.raises(Forbidden):
            signer.check(method, other, who, until, sign)
    with pytest.raises(Forbidden):
        LinkSigner(b"other", clock, 60).check("GET", path, user, expires, signature)
    clock.at += 61
    with pytest.raises(Forbidden, match="expired"):
        signer.check("GET", path, user, expires, signature)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(coming: AsyncIterator[bytes], part: Path, disk: Disk, allowance: Allowance) -> Received:
    """An upload of which only the count is kept."""
    async with receive(coming, part, disk, allowance) as received:
        return received


async def test_an_upload_is_counted_digested_and_placed(store: LocalStore) -> None:
    import hashlib

    content = os.urandom(3 * BLOCK_BYTES + 17)
    pieces = [content[at : at + 65_536] for at in range(0, len(content), 65_536)]
    key = new_key("x.bin", SystemRandom())
    async with receive(chunks(*pieces), store.uploads / "x.part", store.disk, Allowance(announced=len(content))) as received:
        assert (received.size, received.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        for _ in range(2):  # the transaction that does this may be run again
            store.place_upload(received.path, key)
    assert list(store.uploads.iterdir()) == []
    with open_regular(store.artifact_path(key)) as file:
        assert file.read() == content


async def test_an_empty_chunked_upload_is_a_file(store: LocalStore) -> None:
    async with receive(chunks(), store.uploads / "x.part", store.disk, Allowance()) as received:
        assert received.size == 0
        assert received.path.stat().st_size == 0
    assert list(store.uploads.iterdir()) == []


@pytest.mark.parametrize("allowance", [Allowance(quota_left=10), Allowance(quota_left=10, announced=11), Allowance(quota_left=-5)])
async def test_the_quota_ends_an_upload_and_nothing_stays(store: LocalStore, allowance: Allowance) -> None:
    with pytest.raises(StorageFull, match="quota"):
        await whole(chunks(b"x" * 11), store.uploads / "x.part", store.disk, allowance)
    assert list(store.uploads.iterdir()) == []


async def test_the_reserve_ends_an_upload_and_nothing_stays(store: LocalStore, tmp_path: Path) -> None:
    full = Disk(tmp_path, 1 << 60)
    with pytest.raises(StorageFull, match="no room"):
        await whole(chunks(b"x"), store.uploads / "x.part", full, Allowance())
    assert list(store.uploads.iterdir()) == []


async def test_a_block_without_announcement_does_not_eat_into_the_reserve(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.disk, "free_bytes", lambda: store.disk._reserve + 10)
    with pytest.raises(StorageFull, match="room for 11 more"):
        await whole(chunks(b"x" * 11), store.uploads / "x.part", store.disk, Allowance())
    assert (await whole(chunks(b"x" * 10), store.uploads / "y.part", store.disk, Allowance())).size == 10


async def test_a_short_upload_is_refused_and_nothing_stays(store: LocalStore) -> None:
    with pytest.raises(BadRequest, match="after 3 of 4"):
        await whole(chunks(b"abc"), store.uploads / "x.part", store.disk, Allowance(announced=4))
    assert list(store.uploads.iterdir()) == []


async def test_an_upload_that_breaks_off_leaves_nothing(store: LocalStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * BLOCK_BYTES
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await whole(broken(), store.uploads / "x.part", store.disk, Allowance())
    assert list(store.uploads.iterdir()) == []


async def test_a_silent_upload_is_given_up(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    monkeypatch.setattr(uploads, "SILENCE_S", 0.01)
    with pytest.raises(BadRequest, match="silent"):
        await whole(silent(), store.uploads / "x.part", store.disk, Allowance())
    assert list(store.uploads.iterdir()) == []


def test_what_an_earlier_life_left_half_uploaded_goes_at_the_start(store: LocalStore) -> None:
    kept = store.uploads / "other"
    for path in (store.uploads / "a.1.part", kept):
        path.write_bytes(b"x")
    store.prepare()
    assert list(store.uploads.iterdir()) == [kept]


def test_the_ballast_is_real_room_and_given_up_once(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path)
    assert not ballast.restore(BALLAST_BYTES)
    assert ballast.restore(4 * BALLAST_BYTES)
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= BALLAST_BYTES
    assert ballast.release()
    assert not ballast.release()


def test_a_full_disk_costs_the_ballast_and_the_write_succeeds(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 0)
    disk.restore_ballast()
    tries: list[bool] = []

    def write() -> str:
        tries.append(disk.ballast.held)
        if disk.ballast.held:
            raise OSError(errno.ENOSPC, "full")
        return "written"

    assert disk.at_any_price(write) == "written"
    assert tries == [True, False]
    with pytest.raises(OSError, match="full"):
        disk.at_any_price(lambda: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))


def attempt(tmp_path: Path) -> RunDirectory:
    directory = RunDirectory(tmp_path / "runs" / "a.1")
    directory.artifacts.mkdir(parents=True)
    directory.inputs.mkdir()
    lines = [
        encode_event(Log(1.0, "info", "pre", "Begin", {"num_epochs": 3})),
        encode_event(Progress(1.5, "train", 1, 2)),
        encode_event(Log(2.0, "info", "train", "Column", {"epoch": 1})),
    ]
    directory.events.write_bytes(b"".join(lines) + b'{"type":"log","ts":3')
    return directory


def stored_log(path: Path) -> list[LogEntry]:
    return msgspec.json.decode(archive_as_json(path), type=list[LogEntry])


def digest(kind: str, name: str, size: int) -> ArtifactDigest:
    return ArtifactDigest(kind, name, size, "00")


def outcome(*artifacts: ArtifactDigest) -> Outcome:
    return Outcome(State.COMPLETED, artifacts=artifacts)


def test_outputs_are_kept_with_the_log_and_keeping_again_changes_nothing(store: LocalStore, tmp_path: Path) -> None:
    directory = attempt(tmp_path)
    (directory.artifacts / "report.html.gz").write_bytes(b"12345")
    said = outcome(digest("report", "report.html.gz", 5))
    keeper = Outputs(store)
    kept = keeper.keep(job(), directory, said)
    assert [item.type for item in kept] == ["report", "model_logs"]
    log = store.output_path("a" * 24, "logs.json.gz")
    assert gzip.decompress(log.read_bytes()).count(b"\n") == 2
    assert stored_log(log) == entries_of_events(directory.events)
    assert [(entry.seq, entry.stage, entry.ctx) for entry in stored_log(log)] == [
        (0, "pre", {"num_epochs": 3}),
        (1, "train", {"epoch": 1}),
    ]
    before = log.read_bytes()
    assert keeper.keep(job(), directory, said) == kept
    assert log.read_bytes() == before
    keeper.discard(job())
    assert not log.exists()
    assert stored_log(log) == []


def test_a_worker_cannot_publish_what_is_not_its_own(store: LocalStore, tmp_path: Path) -> None:
    directory = attempt(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(b"12345")
    (directory.artifacts / "report.html.gz").symlink_to(secret)
    os.link(secret, directory.artifacts / "model.tar.gz")
    (directory.artifacts / "data_preview.gz").write_bytes(b"123")
    (directory.artifacts / "evil").write_bytes(b"12345")
    claimed = (
        digest("report", "report.html.gz", 5),
        digest("model", "model.tar.gz", 5),
        digest("data_preview", "data_preview.gz", 5),
        digest("report_json", "evil", 5),
        digest("evil", "evil", 5),
    )
    kept = Outputs(store).keep(job(), directory, outcome(*claimed))
    assert [item.type for item in kept] == ["model_logs"]
    assert [path.name for path in store.outputs.joinpath("a" * 24).iterdir()] == ["logs.json.gz"]


def test_a_link_in_the_store_is_not_followed(store: LocalStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"x")
    target = store.outputs / "x"
    target.symlink_to(secret)
    with pytest.raises(NotFound):
        open_regular(target)
    with pytest.raises(NotFound):
        open_regular(tmp_path)


def test_inputs_are_linked_under_their_names(store: LocalStore, tmp_path: Path) -> None:
    directory = attempt(tmp_path)
    key = new_key("t.csv", SystemRandom())
    source = store.artifact_path(key)
    source.parent.mkdir()
    source.write_bytes(b"a\n1\n")
    archive = store.output_path("b" * 24, "model.tar.gz")
    archive.parent.mkdir()
    archive.write_bytes(b"m")
    inputs = (JobInput("seed", "seed-t.csv", key), JobInput("model", "model.tar.gz"))
    run = job(kind=Kind.RUN, inputs=inputs, model_uid="b" * 24)
    for _ in range(2):
        Outputs(store).provide_inputs(run, directory)
    assert (directory.inputs / "seed-t.csv").read_bytes() == b"a\n1\n"
    assert (directory.inputs / "model.tar.gz").samefile(archive)
    source.unlink()
    with pytest.raises(FileNotFoundError):
        Outputs(store).provide_inputs(run, directory)


def test_the_data_folder_has_one_holder_and_a_private_key(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "data")
    assert first.lock()
    assert not second.lock()
    key = first.make_owner_key(SystemRandom())
    assert key.startswith("grtu")
    assert first.make_owner_key(SystemRandom()) == key == second.read_owner_key()
    assert first.owner_key.stat().st_mode & 0o777 == 0o600
    first.unlock()
    assert second.lock()
    second.unlock()


def test_a_log_line_keeps_its_wire_keys() -> None:
    fields = {"seq", "ts", "stage", "level", "msg", "ctx"}
    assert {field.name for field in msgspec.structs.fields(LogEntry)} == fields


@pytest.mark.parametrize("trap", ["pipe", "link", "folder"])
def test_a_trap_in_place_of_a_workers_file_is_never_read(tmp_path: Path, trap: str) -> None:
    """A pipe would hold the thread for ever, a link would show another file's lines."""
    (tmp_path / "other").write_bytes(b'{"type":"log","msg":"secret"}\n')
    for name in ("events.jsonl", "lease"):
        path = tmp_path / name
        if trap == "pipe":
            os.mkfifo(path)
        elif trap == "link":
            path.symlink_to(tmp_path / "other")
        else:
            path.mkdir()
    assert entries_of_events(tmp_path / "events.jsonl") == []
    assert read_holder(tmp_path / "lease") is None
    with pytest.raises(OSError, match=r"ordinary|symbolic"):
        plain_bytes(tmp_path / "events.jsonl")
