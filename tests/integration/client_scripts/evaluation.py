"""Evaluations of given tables through the unmodified SDK: its four report classes and the high-level `submit_evaluate`."""

import os
import sys
import time

from gretel_client import Gretel
from gretel_client.config import RunnerMode, configure_session
from gretel_client.evaluation import reports
from gretel_client.evaluation.downstream_classification_report import DownstreamClassificationReport
from gretel_client.evaluation.downstream_regression_report import DownstreamRegressionReport
from gretel_client.evaluation.quality_report import QualityReport
from gretel_client.evaluation.text_quality_report import TextQualityReport
from gretel_client.projects.projects import create_or_get_unique_project

synthetic, real, held = sys.argv[1:4]
configure_session(api_key=os.environ["GRETEL_API_KEY"], endpoint=os.environ["GRETEL_ENDPOINT"], cache="no", validate=True)
project = create_or_get_unique_project(name="evaluations")
wait = time.sleep
reports.time.sleep = lambda seconds: wait(min(seconds, 0.3))  # the classes look every 10 s
common = {"project": project, "data_source": synthetic, "ref_data": real, "runner_mode": RunnerMode.CLOUD}

quality = QualityReport(**common, test_data=held, mandatory_columns=["income"], run_pii_replay=True)
quality.run()
assert quality.peek()["score"] > 50, quality.peek()
assert quality.as_dict["data_privacy_score"]["score"] is not None
assert quality.as_html.startswith("<!doctype html>")

classification = DownstreamClassificationReport(**common, test_data=held, target="plan", models=["lr", "dt", "lightgbm"], metric="acc")
classification.run()
assert classification.peek()["field"] == "average_metric_difference", classification.peek()
assert 0 <= classification.peek()["value"] <= 100
assert [model["name"] for model in classification.as_dict["models"]], classification.as_dict
assert "plan" in classification.as_html

regression = DownstreamRegressionReport(**common, target="income", holdout=0.3, models=["lr", "rf"])
regression.run()
assert set(regression.as_dict["average_metric_difference"]) >= {"raw_score", "grade", "score"}
assert regression.as_dict["task"]["metric"] == "r2"

text = TextQualityReport(**common, target="comment")
text.run()
assert set(text.peek()) >= {"raw_score", "grade", "score"}, text.peek()
assert text.as_dict["task"]["columns"] == ["comment"]

try:
    DownstreamClassificationReport(**common, target="gone").run()
except Exception as error:  # a 400 where the file is known by then, else a job in error
    assert "gone" in str(error) or "unsuccessfully" in str(error), error
else:
    raise AssertionError("a target that the file lacks was accepted")

gretel = Gretel(api_key=os.environ["GRETEL_API_KEY"], endpoint=os.environ["GRETEL_ENDPOINT"], cache="no")
gretel.set_project("evaluations-high-level")
configuration = 'schema_version: "1.0"\nname: evaluate-model\nmodels:\n  - evaluate:\n      data_source: "_"\n'
result = gretel.submit_evaluate(configuration, data_source=synthetic, ref_data=real, test_data=held, job_label="try")
assert result.evaluate_report.quality_scores["synthetic_data_quality_score"] > 50, result.evaluate_report
assert result.evaluate_logs
model = result.model
assert sorted(model.artifact_types), model.artifact_types
model.download_artifacts("downloaded")
assert {"report.html.gz", "report_json.json.gz"} <= set(os.listdir("downloaded")), os.listdir("downloaded")
written = gretel.submit_evaluate(
    {"schema_version": "1.0", "name": "texts", "models": [{"evaluate": {"data_source": "_", "task": {"type": "text"}}}]},
    data_source=synthetic,
    ref_data=real,
)
assert written.evaluate_report.quality_scores["text_structure_similarity"] >= 0
gretel.get_project().delete()
project.delete()
print("done")
