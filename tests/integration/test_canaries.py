"""A value that one row holds is told nowhere: not in a report, a log, an event, an error, a metric, an archive of rules, what a job
leaves behind, or the control plane's database; whichever type the job is of, and however it ends."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import signal
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.control_plane.store.transform_keys import Seal, TransformKey
from tests.integration.live_server import LiveServer

PATIENCE_S = 120
NAME, MAIL = "Quintavius Zyxxwoth", "quintavius.zyxxwoth@kanarie-9d41.example"
PHRASE, NUMBER, HEADING, BROKEN = "the violet walrus hums at midnight", "48151623.4277", "heading_of_nobody", "31/31/2099-xqk"
CANARIES = [b"zyxxwoth", b"kanarie-9d41", b"violet walrus", b"48151623", b"heading_of_nobody", b"2099-xqk", b"48,151,623"]
ENDS = ("completed", "error", "cancelled", "lost")


def people(rows: int = 240) -> list[dict[str, str]]:
    """Customers of nobody. Row 30 holds the canaries, row 1 a cell that looks like a heading."""
    draw = random.Random(7)
    made = []
    for number in range(rows):
        name = f"{draw.choice(('Anna', 'Bea', 'Carl', 'Dora', 'Emil'))} {draw.choice(('Keller', 'Meier', 'Novak', 'Olsen'))}"
        made.append(
            {
                "full_name": name,
                "email": f"{name.replace(' ', '.').lower()}{number}@customers.example",
                "plan": draw.choice(("gold", "basic")),
                "amount": f"{draw.uniform(5, 500):.2f}",
                "joined": f"{draw.randint(1, 28):02}/{draw.randint(1, 12):02}/2021",
                "note": draw.choice(("paid on time", "called twice", f"{name} was not at home when we called.")),
            }
        )
    made[1]["plan"] = HEADING
    made[30] |= {"full_name": NAME, "email": MAIL, "amount": NUMBER, "joined": BROKEN, "note": f"{NAME} says {PHRASE}."}
    return made


def table(rows: list[dict[str, str]], *, ragged: bool = False) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    lines = text.getvalue().splitlines(keepends=True)
    if ragged:
        lines[31] = lines[31].replace("\n", f",{NAME},{NUMBER}\n")
    return "".join(lines).encode()


def steps(*updates: dict[str, Any], **own: Any) -> dict[str, Any]:
    shared = {"classify": {"enable": True, "entities": ["name", "email"]}, "locales": ["de_DE", "ja_JP", "en_US"]}
    return {"transform_v2": {"globals": shared, "steps": [{"rows": {"update": list(updates)}}], "appliance": own}}


FAKED = {"entity": ["name", "email"], "value": "column.entity | fake"}
HIDDEN = [
    {"name": "amount", "value": "(this | string) ~ (1 / (this - this))"},
    {"name": "joined", "value": "this | date_parse | date_format"},
    {"name": "note", "value": "this | fake_entities", "fallback_value": "this | upper | hash"},
    {"name": "plan", "value": "re.sub('[a-z_]+', 'x', this)"},
]
RULES = [
    {"conditions": {"field_label": ["email_address", "person_name"]}, "transforms": [{"type": "fake"}, {"type": "hash"}]},
    {"conditions": {"value_label": ["person_name"]}, "transforms": [{"type": "redact_with_label"}]},
    {
        "conditions": {"field_name": ["joined"]},
        "transforms": [{"type": "dateshift", "attrs": {"min": -9, "max": 9, "formats": "%d/%m/%Y"}}],
    },
    {"conditions": {"field_name": ["amount"]}, "transforms": [{"type": "numbershift", "attrs": {"min": -9, "max": 9}}]},
]
TRAINED: dict[str, dict[str, Any]] = {
    "classify": {"classify": {"labels": ["person_name", "email_address", "acme/plan"]}},
    "transform_v2": steps(FAKED, *HIDDEN),
    "transforms": {"transforms": {"policies": [{"name": "all", "rules": RULES}]}},
    "actgan": {"actgan": {"params": {"epochs": 1}, "generate": {"num_records": 60}}},
    "tabular_dp": {"tabular_dp": {"params": {"epsilon": 5, "delta": 1e-5}, "generate": {"num_records": 60}}},
    "evaluate": {"evaluate": {}},
}
PREDICTORS = {"namespace": "acme", "regex": {"plan": {"patterns": [{"regex": "gold|heading_[a-z_]+"}]}}}


class Seen:
    """What the server has of its jobs, and what a user is told of them."""

    def __init__(self, server: LiveServer, http: httpx.Client) -> None:
        self.server = server
        self._http = http
        self.project = http.post("/projects", json={"name": "canaries"}).json()["data"]["name"]
        self.files = {name: self._upload(name, ragged=name == "ragged.csv") for name in ("people.csv", "others.csv", "ragged.csv")}
        self.told: dict[str, bytes] = {}
        self.transformed: set[str] = set()

    def _upload(self, name: str, *, ragged: bool) -> str:
        made = self._http.post(f"/projects/{self.project}/artifacts", json={"filename": name}).json()["data"]
        assert httpx.put(made["url"], content=table(people(), ragged=ragged), trust_env=False).status_code == 200
        return str(made["key"])

    def train(self, label: str, model: dict[str, Any], file: str = "people.csv") -> str:
        ((kind, section),) = model.items()
        section = {"data_source": self.files[file], **section}
        document: dict[str, Any] = {"schema_version": "1.0", "name": label.replace("_", "-"), "models": [{kind: section}]}
        if kind == "classify":
            document["label_predictors"] = PREDICTORS
        if kind == "evaluate":
            section["ref_data"] = {"train": self.files["others.csv"]}
        answer = self._http.post(f"/projects/{self.project}/models", json=document, params={"runner_mode": "cloud", "dry_run": "no"})
        assert answer.status_code == 200, answer.text
        uid = str(answer.json()["data"]["model"]["uid"])
        self.transformed |= {uid} if kind.startswith("transform") else set()
        return f"/projects/{self.project}/models/{uid}"

    def run(self, model: str) -> str:
        answer = self._http.post(
            f"{model}/record_handlers", json={"data_source": self.files["others.csv"]}, params={"runner_mode": "cloud"}
        )
        assert answer.status_code == 200, answer.text
        uid = str(answer.json()["data"]["handler"]["uid"])
        self.transformed |= {uid} if model.rpartition("/")[2] in self.transformed else set()
        return f"{model}/record_handlers/{uid}"

    def status(self, path: str) -> str:
        found = self._http.get(path).json()["data"]
        return str((found.get("model") or found.get("handler"))["status"])

    def until(self, path: str, wanted: tuple[str, ...] = ENDS) -> str:
        """The state as soon as it is one of `wanted`, or an end."""
        waiting = threading.Event()
        for _ in range(PATIENCE_S * 10):
            status = self.status(path)
            if status in wanted or status in ENDS:
                return status
            waiting.wait(0.1)
        raise AssertionError(path)

    def cancel(self, path: str) -> None:
        assert self._http.patch(path, json={"status": "cancelled"}).status_code == 200

    def worker(self, path: str) -> int:
        """The process that does the job."""
        return int(json.loads((self.server.folder / "runs" / f"{path.rpartition('/')[2]}.1" / "lease").read_bytes())["pid"])

    def look_at(self, key: str) -> None:
        """Read the first rows of a file, for the line that it leaves."""
        answer = self._http.get(f"/v1/appliance/projects/{self.project}/artifacts/preview", params={"key": key})
        assert (answer.status_code, spilt(answer.content) != []) == (200, True)

    def record(self) -> tuple[bytes, bytes]:
        """The audit log as it is exported, and the newest of the activity feed."""
        return self._http.get("/v1/appliance/audit").content, self._http.get("/v1/activity", params={"limit": 1000}).content

    def keys(self) -> list[bytes]:
        """The transform keys of the project, opened with the secret of the data folder."""
        seal = Seal((self.server.folder / "seal.key").read_bytes())
        with closing(sqlite3.connect(f"file:{self.server.folder / 'appliance.db'}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT project_id, number, sealed, created_at FROM transform_key").fetchall()
        return [seal.open(TransformKey(*row)) for row in rows]

    def tell(self, label: str, path: str) -> str:
        """Wait for the end and keep all that the API says of the job; what it says of an error."""
        self.until(path)
        uid = path.rpartition("/")[2]
        answer = self._http.get(path, params={"expand": "logs,artifacts"})
        events = self._http.get(f"/v1/appliance/jobs/{uid}/events", params={"after": 0})
        self.told[label] = answer.content + events.content + self._http.get(f"/v1/appliance/jobs/{uid}").content
        found = answer.json()["data"]
        return str((found.get("model") or found.get("handler")).get("error_msg"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("canaries") / "data"
    with LiveServer(folder) as server, server.client() as http:
        found = Seen(server, http)
        models = {label: found.train(label, model) for label, model in TRAINED.items()}
        for label, path in models.items():
            assert (label, found.tell(label, path), found.status(path)) == (label, "None", "completed")
        runs = {label: found.run(models[label]) for label in ("classify", "transform_v2", "transforms")}
        for label, path in runs.items():
            assert (label, found.tell(f"run of {label}", path), found.status(path)) == (label, "None", "completed")
        yield found


def readable(path: Path) -> bytes:
    """The bytes of a file, unpacked."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            return b"".join(held.read() for held in (tar.extractfile(entry) for entry in tar) if held is not None)
    return content


def spilt(content: bytes) -> list[bytes]:
    """The canaries in some bytes."""
    small = content.lower()
    return [canary for canary in CANARIES if canary in small]


def left_behind(server: LiveServer) -> Iterator[tuple[str, bytes]]:
    """Every file of the data folder but uploads, and tables that a transform made of them."""
    for path in sorted(server.folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(server.folder)), readable(path)
    yield "server.log", (server.folder.parent / "server.log").read_bytes()


def tables_of(seen: Seen) -> set[str]:
    """Files that are the user's own rows, or what a transform made of them: untouched cells may stand there."""
    found = {f"artifacts/{key[7:9]}/{key}{more}" for key in seen.files.values() for more in ("", ".inspection/preview.json")}
    for uid in seen.transformed:
        found |= {f"outputs/{uid}/{name}.gz" for name in ("data", "data_preview")}
    return found


def test_no_canary_is_told_anywhere(seen: Seen) -> None:
    assert {label: spilt(told) for label, told in seen.told.items() if spilt(told)} == {}
    assert set(seen.told) >= {*TRAINED, "run of classify", "run of transforms"}
    allowed = tables_of(seen)
    files = dict(left_behind(seen.server))
    assert {name for name in allowed if name in files and spilt(files[name])} >= {name for name in allowed if name.endswith(".csv")}
    assert {name: spilt(content) for name, content in files.items() if name not in allowed and spilt(content)} == {}
    assert len(files) > 60


def test_every_job_ran_without_a_network_and_with_its_own_files_only(seen: Seen) -> None:
    """Word lists, the model of names and Faker's locales were read under the same confinement."""
    outcomes = [json.loads(path.read_bytes()) for path in seen.server.folder.glob("runs/*/outcome")]
    assert len(outcomes) >= len(seen.told)
    for outcome in outcomes:
        steps_taken = outcome["confinement"]
        assert "files" in steps_taken
        assert {"network_namespace", "system_calls"} & set(steps_taken)
        assert set(steps_taken.values()) == {"applied"}, steps_taken


def test_rules_leave_nothing_of_the_cells_that_they_selected(seen: Seen) -> None:
    """Names, mail addresses, numbers and dates of the canary's row were all selected; two of the expressions fail there."""
    for uid in seen.transformed:
        for name in ("data", "data_preview"):
            path = seen.server.folder / "outputs" / uid / f"{name}.gz"
            if path.exists():
                assert set(spilt(readable(path))) <= {b"violet walrus", b"heading_of_nobody"}


@pytest.mark.parametrize("kind", ["classify", "transform_v2", "transforms"])
def test_a_bad_row_is_named_by_its_number(seen: Seen, kind: str) -> None:
    path = seen.train(f"ragged-{kind}", TRAINED[kind], "ragged.csv")
    said = seen.tell(f"ragged {kind}", path)
    assert (seen.status(path), "31" in said) == ("error", True)
    check_all(seen)


def test_a_cell_that_may_not_fail_ends_the_job_by_its_place(seen: Seen) -> None:
    path = seen.train("strict", steps({"name": "joined", "value": "this | date_parse | date_format"}, on_error="fail"))
    said = seen.tell("strict", path)
    assert seen.status(path) == "error"
    assert all(word in said for word in ("Step 1", "rule 1", "joined", "31"))
    check_all(seen)


def test_jobs_that_are_cancelled_or_killed_leave_nothing_and_workers_show_no_key(seen: Seen) -> None:
    slow = steps(FAKED, {"name": "note", "value": "fake.sentences(nb=2000) | join(' ')"})
    cancelled, killed = (seen.train(label, slow) for label in ("cancelled", "killed"))
    keys = seen.keys()
    for path in (cancelled, killed):
        assert seen.until(path, ("active",)) == "active"
        pid = seen.worker(path)
        process = Path(f"/proc/{pid}")
        shown = process.joinpath("environ").read_bytes() + process.joinpath("cmdline").read_bytes()
        assert not [key for key in keys if key in shown or key.hex().encode() in shown]
        if path is cancelled:
            seen.cancel(path)
        else:
            os.kill(pid, signal.SIGKILL)
    assert (seen.until(cancelled), seen.until(killed)) == ("cancelled", "lost")
    for label, path in (("cancelled", cancelled), ("killed", killed)):
        seen.tell(label, path)
    check_all(seen)


def test_the_record_tells_of_every_job_and_of_no_value(seen: Seen) -> None:
    """Uploads, previews, downloads, begins and ends of jobs that failed on a canary too: what the audit log exports has none of them."""
    seen.look_at(seen.files["people.csv"])
    record, feed = seen.record()
    lines = [json.loads(line)["entry"] for line in record.splitlines()]
    told = {(line["action"], line["id"]) for line in lines if line["action"] in ("model_create", "model_end", "run_create", "run_end")}
    jobs = {line["id"] for line in lines if line["action"] in ("model_create", "run_create")}
    assert len(jobs) >= len(TRAINED) + 3
    assert len(told) >= 2 * len(jobs) - 1  # what a user cancels himself has no end of its own
    assert {"artifact_create", "artifact_upload", "artifact_preview", "audit_export"} <= {line["action"] for line in lines}
    assert spilt(record + feed) == []
    secrets = [seen.server.key, seen.server.line.partition("token=")[2], *(key.hex() for key in map(bytes, seen.keys()))]
    assert [secret for secret in secrets if not secret or secret.encode() in record] == []


def test_the_key_of_a_project_is_in_no_file(seen: Seen) -> None:
    keys = seen.keys()
    assert len(keys) == 1
    for name, content in left_behind(seen.server):
        assert not [key for key in keys if key in content or key.hex().encode() in content.lower()], name


def check_all(seen: Seen) -> None:
    """As the first test, after one more job."""
    test_no_canary_is_told_anywhere(seen)
