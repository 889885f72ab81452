"""classify, transform_v2 and transforms through the unmodified SDK: models, reports, runs over other files, and `submit_transform`."""

import os
import sys

import pandas as pd
from gretel_client import Gretel
from gretel_client.config import RunnerMode, configure_session
from gretel_client.helpers import poll
from gretel_client.projects.projects import create_or_get_unique_project

first, second, *configurations = sys.argv[1:]
configure_session(api_key=os.environ["GRETEL_API_KEY"], endpoint=os.environ["GRETEL_ENDPOINT"], cache="no", validate=True)
project = create_or_get_unique_project(name="transformation")
source, other = pd.read_csv(first), pd.read_csv(second)


def train(path):
    model = project.create_model_obj(model_config=path, data_source=first)
    model.submit(runner_mode=RunnerMode.CLOUD)
    poll(model, verbose=False)
    assert model.status == "completed", model.errors
    return model


def run(model):
    handler = model.create_record_handler_obj(data_source=second)
    handler.submit(runner_mode=RunnerMode.CLOUD)
    poll(handler, verbose=False)
    assert handler.status == "completed", handler.errors
    return pd.read_csv(handler.get_artifact_link("data"), compression="gzip")


for path in configurations:
    model = train(path)
    peeked = model.peek_report()
    with model.get_artifact_handle("report") as page:
        assert page.read().startswith(b"<!doctype html>")
    made = run(model)
    if model.model_type == "classify":
        assert peeked["record_count"] == len(source), peeked
        assert set(peeked) == {"elapsed_time_seconds", "record_count", "field_count", "warnings"}
        assert list(made.columns) == ["column", "row", "start", "end", "label", "score"]
        mails = made[made.label == "email_address"]
        assert set(mails[mails.column == "email"].row) == set(range(len(other)))
    else:
        assert len(made) == len(other)
        assert not set(made.email) & set(other.email)
        with model.get_artifact_handle("data_preview") as preview:
            assert len(pd.read_csv(preview)) == len(source)
    if model.model_type == "transforms":
        assert set(peeked) == {"training_time_seconds", "record_count", "field_count", "field_transforms", "value_transforms"}, peeked

gretel = Gretel(api_key=os.environ["GRETEL_API_KEY"], endpoint=os.environ["GRETEL_ENDPOINT"], cache="no")
gretel.set_project("transformation-high-level")
configuration = """
schema_version: "1.0"
name: quick
models:
  - transform_v2:
      data_source: "_"
      globals: {seed: 123, classify: {enable: true, entities: [email, name]}}
      steps:
        - rows:
            update:
              - entity: [email, name]
                value: column.entity | fake
"""
done = gretel.submit_transform(configuration, data_source=source, job_label="try")
assert list(done.transformed_df.columns) == list(source.columns)
assert not set(done.transformed_df.email) & set(source.email)
assert done.report.as_dict["kind"] == "transform"
assert done.report.as_html.startswith("<!doctype html>")
assert done.transform_logs
again = gretel.fetch_transform_results(done.model_id)
assert again.transformed_df.equals(done.transformed_df)
gretel.get_project().delete()
project.delete()
print("done")
