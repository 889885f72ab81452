"""The high-level interface: train, report, generate and fetch again, through the unmodified SDK."""

import os
import sys

from gretel_client import Gretel

gretel = Gretel(api_key=os.environ["GRETEL_API_KEY"], endpoint=os.environ["GRETEL_ENDPOINT"], cache="no", validate=True)
gretel.set_project("high-level")
configuration = """
schema_version: "1.0"
name: high-level-model
models:
  - actgan:
      data_source: __tmp__
      params:
        epochs: auto
"""
trained = gretel.submit_train(configuration, data_source=sys.argv[1], generate={"num_records": 60}, job_label="try")
assert trained.model_id, trained
assert trained.report.quality_scores["synthetic_data_quality_score"] > 0, trained.report
assert len(trained.fetch_report_synthetic_data()) == 60
generated = gretel.submit_generate(trained.model_id, num_records=21)
assert len(generated.synthetic_data) == 21
again = gretel.fetch_train_job_results(trained.model_id)
assert again.model_config_section["generate"]["num_records"] == 60
gretel.get_project().delete()
print("done")
