"""Limits, cancelling, duplicate submissions and failures as the unmodified SDK tells them to its user."""

import os
import sys

from gretel_client import configure_session
from gretel_client.projects import get_project
from gretel_client.projects.exceptions import MaxConcurrentJobsException
from gretel_client.projects.jobs import Status
from gretel_client.rest.exceptions import ApiException

configure_session(api_key=os.environ["GRETEL_API_KEY"], endpoint=os.environ["GRETEL_ENDPOINT"], cache="no", validate=True)
project = get_project(name="limits-flow", create=True)


def noop(name, **params):
    return {"schema_version": "1.0", "name": name, "models": [{"noop": {"params": params}}]}


def submitted(name, **params):
    model = project.create_model_obj(noop(name, **params))
    model.submit_cloud()
    return model


running = []
while len(running) < 4:
    running.append(submitted(f"running-{len(running)}", sleep_s=300))
for model in running:
    while model.status is Status.CREATED:
        model.refresh() if hasattr(model, "refresh") else model._poll_job_endpoint()
waiting = [submitted(f"waiting-{number}", sleep_s=300) for number in range(10)]
try:
    submitted("one-too-many", sleep_s=300)
    sys.exit("the fifteenth job was accepted")
except MaxConcurrentJobsException as refused:
    assert "Maximum number of created jobs (10) reached" in refused.__cause__.body, refused

again = project.create_model_obj(noop("waiting-0", sleep_s=300))
again.submit_cloud()
assert again.model_id == waiting[0].model_id, "a repeated submission made a second job"

for model in waiting:
    model.cancel()
for model in running:
    model.cancel()
    model._poll_job_endpoint()
    assert model.status is Status.CANCELLED, model.status

failing = submitted("failing", fail="error")
while failing.status not in (Status.ERROR, Status.COMPLETED):
    failing._poll_job_endpoint()
assert failing.status is Status.ERROR
assert failing.errors

try:
    misspelt = {"data_source": "gretel_00000000000000000000000000000000_x.csv", "parms": {}}
    project.create_model_obj({"schema_version": "1.0", "models": [{"actgan": misspelt}]}).submit_cloud()
    sys.exit("an unknown key was accepted")
except ApiException as refused:
    assert refused.status == 400, refused
    assert "parms" in refused.body, refused.body
project.delete()
print("done")
