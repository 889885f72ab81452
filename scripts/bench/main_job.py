"""The main job as a user has it: upload a table, train with report and preview, generate. CPU seconds of the worker, scores, waits.

python -m scripts.bench.main_job TABLE [--type actgan] [--records 5000]
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from scripts.bench.appliance_process import PROJECT, ApplianceProcess


class Session:
    """One user's calls. Every call must succeed."""

    def __init__(self, appliance: ApplianceProcess) -> None:
        self._url = appliance.url
        self._key = appliance.key

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A JSON exchange."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": self._key, "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def upload(self, table: Path) -> str:
        """Upload a file; its key once it has been inspected."""
        made = self.call("POST", f"/projects/{PROJECT}/artifacts", {"filename": table.name})["data"]
        urllib.request.urlopen(urllib.request.Request(made["url"], table.read_bytes(), method="PUT")).close()
        while self.call("GET", f"/projects/{PROJECT}/artifacts/manifest?key={made['key']}")["status"] == "pending":
            time.sleep(0.05)
        return str(made["key"])

    def wait(self, path: str, kind: str) -> dict[str, Any]:
        """Poll until the job has ended."""
        while True:
            job: dict[str, Any] = self.call("GET", path)["data"][kind]
            if job["status"] in ("completed", "error", "cancelled", "lost"):
                return job
            time.sleep(0.1)


def usage(appliance: ApplianceProcess, job: dict[str, Any]) -> dict[str, float]:
    """What the worker of a job says that it used."""
    outcome = json.loads(next((appliance.data_dir / "runs").glob(f"{job['uid']}.*/outcome")).read_bytes())
    return {name: round(float(outcome["usage"][name]), 3) for name in ("cpu_s", "wall_s", "rss_peak")} | outcome["report"]


def run(appliance: ApplianceProcess, options: argparse.Namespace) -> dict[str, Any]:
    """Train and generate once."""
    session = Session(appliance)
    session.call("POST", "/projects", {"name": PROJECT})
    section = {"data_source": session.upload(options.table), "appliance": {"seed": 7}}
    document = {"schema_version": "1.0", "models": [{options.type: section}]}
    made = session.call("POST", f"/projects/{PROJECT}/models?dry_run=no&runner_mode=cloud", document)["data"]["model"]
    path = f"/projects/{PROJECT}/models/{made['uid']}"
    model = session.wait(path, "model")
    assert model["status"] == "completed", model["error_msg"]
    body = {"params": {"num_records": options.records}, "data_source": None}
    handler = session.call("POST", f"{path}/record_handlers?runner_mode=cloud", body)["data"]["handler"]
    done = session.wait(f"{path}/record_handlers/{handler['uid']}", "handler")
    assert done["status"] == "completed", done["error_msg"]
    return {"train": usage(appliance, model), "generate": usage(appliance, done)}


def main(arguments: list[str]) -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--type", default="actgan")
    parser.add_argument("--records", type=int, default=5000)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    appliance = ApplianceProcess(folder / "data")
    appliance.start()
    try:
        print(json.dumps(run(appliance, parser.parse_args(arguments)), indent=2))
    finally:
        appliance.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
