"""The user's own script: everything from a project to its deletion, through the unmodified SDK. Any surprise ends it with an assertion."""

import io
import json
import os
import sys
import tempfile
from pathlib import Path

import pandas as pd
from gretel_client import configure_session
from gretel_client.helpers import poll
from gretel_client.projects import create_project, get_project, search_projects
from gretel_client.projects.jobs import Status

table = Path(sys.argv[1])
configure_session(api_key=os.environ["GRETEL_API_KEY"], endpoint=os.environ["GRETEL_ENDPOINT"], cache="no", validate=True)

project = create_project(name="core-flow", desc="made by a test", display_name="Core flow")
assert get_project(name="core-flow", create=True).project_id == project.project_id
assert get_project(name=project.project_guid).name == get_project(name=project.project_id).name == "core-flow"
assert [found.name for found in search_projects(query="core-f")] == ["core-flow"]

key = project.upload_artifact(str(table))
frame = pd.read_csv(table)
frame_key = project.upload_artifact(frame)
assert key.startswith("gretel_")
assert key.endswith(f"_{table.name}")
assert {one["key"] for one in project.artifacts} == {key, frame_key}
with project.get_artifact_handle(key) as handle:
    assert handle.read() == table.read_bytes()
manifest = project.get_artifact_manifest(key)
assert (manifest["status"], manifest["rows"]) == ("ready", 260), manifest

configuration = {
    "schema_version": "1.0",
    "name": "core-model",
    "models": [{"actgan": {"data_source": str(table), "generate": {"num_records": 80}, "appliance": {"seed": 5}}}],
}
dry = project.create_model_obj(configuration)
dry.submit(dry_run=True)
assert dry.model_id
assert not list(project.search_models())

model = project.create_model_obj(configuration)
model.submit_cloud()
assert model.worker_key
poll(model, verbose=True)
assert model.status is Status.COMPLETED, (model.errors, model.logs)
assert model.model_config["models"][0]["actgan"]["generate"]["num_records"] == 80
assert model.logs
assert [line["seq"] for line in model.logs] == list(range(len(model.logs)))
peek = model.peek_report()
assert peek["synthetic_data_quality_score"]["score"] > 0, peek
assert model.get_report_summary()["summary"]
with model.get_artifact_handle("data_preview") as handle:
    preview = pd.read_csv(io.BytesIO(handle.read()))
assert list(preview.columns) == list(frame.columns)
assert len(preview) == 80
with model.get_artifact_handle("report_json") as handle:
    assert json.load(handle)["summary"]
folder = Path(tempfile.mkdtemp())
model.download_artifacts(folder)
assert {"report.html.gz", "report_json.json.gz", "data_preview.gz", "logs.json.gz"} <= {path.name for path in folder.iterdir()}

handler = model.create_record_handler_obj(params={"num_records": 33})
handler.submit_cloud()
poll(handler)
assert handler.status is Status.COMPLETED, (handler.errors, handler.logs)
with handler.get_artifact_handle("data") as handle:
    records = pd.read_csv(io.BytesIO(handle.read()))
assert len(records) == 33
seeds = Path(tempfile.mkdtemp()) / "seeds.csv"
frame[["city"]].head(7).to_csv(seeds, index=False)
seeded = model.create_record_handler_obj(data_source=str(seeds), params={})
seeded.submit_cloud()
poll(seeded)
assert seeded.status is Status.COMPLETED, (seeded.errors, seeded.logs)
with seeded.get_artifact_handle("data") as handle:
    assert list(pd.read_csv(io.BytesIO(handle.read()))["city"]) == list(frame["city"].head(7))
assert {run.record_id for run in model.get_record_handlers()} == {handler.record_id, seeded.record_id}

assert [found.model_id for found in project.search_models(model_name="core")] == [model.model_id]
handler.delete()
seeded.delete()
model.delete()
project.delete_artifact(frame_key)
assert frame_key not in {one["key"] for one in project.artifacts}
project.delete()
assert not list(search_projects(query="core-f"))
print("done")
