"""Two people share a project through the unmodified SDK, each with a configuration file of his own; a third knows its name only.

Arguments: the configuration files of the owner, the second and the stranger, a table, and a model's configuration."""

import io
import sys
from pathlib import Path

import pandas as pd
import requests
from gretel_client.config import ClientConfig, RunnerMode
from gretel_client.helpers import poll
from gretel_client.projects.exceptions import GretelProjectError
from gretel_client.projects.projects import create_project, get_project, search_projects
from gretel_client.rest.api.projects_api import ProjectsApi
from gretel_client.rest.api.users_api import UsersApi
from gretel_client.rest.exceptions import ApiException
from gretel_client.rest.model.project_invite import ProjectInvite
from gretel_client.rest_v1.api.activity_api import ActivityApi
from gretel_client.users.users import get_me

owner, second, stranger = (ClientConfig.from_file(Path(path)) for path in sys.argv[1:4])
table, configuration = sys.argv[4:6]
people = {name: get_me(session=session) for name, session in (("owner", owner), ("second", second), ("stranger", stranger))}


def refused(status, action, *arguments, **named):
    """What the server says when it refuses."""
    try:
        action(*arguments, **named)
    except requests.HTTPError as error:
        assert error.response.status_code == status, error
        return error.response.text
    except (ApiException, GretelProjectError) as error:
        told = error if isinstance(error, ApiException) else error.__context__
        assert told.status == status, told
        return told.body
    raise AssertionError(f"{action} was let through")


def invite(session, name, level):
    """The client's own binding; a member gets the new level at once."""
    given = ProjectInvite(email=people[name]["email"], level=level)
    return session.get_api(ProjectsApi).create_invite(project_id=shared.project_id, project_invite=given)


def unseen(session):
    """A project that one may not see answers as one that there is not."""
    said = [refused(404, get_project, name=name, session=session) for name in ("shared-by-two", "shared-by-none")]
    assert said[0] == said[1], said
    assert not list(search_projects(query="shared-by", session=session))


def without_member(session, user_id):
    """Take a member out: the client has no binding for it."""
    path = f"{session.endpoint}/projects/{shared.project_id}/members/{user_id}"
    requests.delete(path, headers={"Authorization": session.api_key}, timeout=60).raise_for_status()


# The owner makes the project; nobody else sees it
shared = create_project(name="shared-by-two", session=owner)
first_key = shared.upload_artifact(table)
unseen(second)
unseen(stranger)
himself = refused(400, invite, owner, "owner", 3)
assert "Cannot invite yourself" in himself, himself  # what the client looks for before it goes on

# The second is invited, sees the invite and accepts it
invite(owner, "second", 2)
unseen(second)
inbox = second.get_api(UsersApi)
(waiting,) = [one for one in inbox.get_users_me_invites()["data"]["invites"] if one["project_guid"] == shared.project_guid]
assert (waiting["level"], waiting["invited_by"]["email"]) == (2, people["owner"]["email"])
assert not stranger.get_api(UsersApi).get_users_me_invites()["data"]["invites"]
refused(404, stranger.get_api(UsersApi).accept_users_me_invites, waiting["_id"])
inbox.accept_users_me_invites(waiting["_id"])
refused(404, inbox.accept_users_me_invites, "f" * 24)

# With write he uploads, trains and downloads, and no more
theirs = get_project(name="shared-by-two", session=second)
second_key = theirs.upload_artifact(table)
assert {one["key"] for one in theirs.artifacts} == {one["key"] for one in shared.artifacts} == {first_key, second_key}
model = theirs.create_model_obj(configuration, data_source=table)
model.submit(runner_mode=RunnerMode.CLOUD)
poll(model, verbose=False)
assert model.status == "completed", model.errors
with model.get_artifact_handle("data_preview") as handle:
    preview = handle.read()
assert len(pd.read_csv(io.BytesIO(preview))) == len(pd.read_csv(table))
with theirs.get_artifact_handle(first_key) as handle:
    assert handle.read() == Path(table).read_bytes()
refused(403, theirs.delete)
refused(403, invite, second, "stranger", 1)
refused(403, invite, second, "owner", 1)
refused(403, without_member, second, people["owner"]["_id"])
unseen(stranger)

# The owner sees who made what
(seen,) = shared.search_models()
assert seen.model_id == model.model_id
assert seen._data["model"]["owner_email"] == people["second"]["email"], seen._data["model"]

# Set to read, he reads
invite(owner, "second", 1)
with theirs.get_artifact_handle(first_key) as handle:
    assert handle.read() == Path(table).read_bytes()
with model.get_artifact_handle("report") as page:
    assert page.read().startswith(b"<!doctype html>")
refused(403, theirs.upload_artifact, table)
refused(403, theirs.delete_artifact, second_key)
refused(403, model.delete)
refused(403, model.create_record_handler_obj(data_source=second_key).submit, runner_mode=RunnerMode.CLOUD)
events = second.get_v1_api(ActivityApi).search_activity(query="project:shared-by-two", limit=100).events
assert {event.subject.name for event in events} - {"server"} == {people[name]["email"] for name in ("owner", "second")}

# Taken out, he sees nothing, and what he made stays
link = model.get_artifact_link("data_preview")
assert requests.get(link, timeout=60).status_code == 200
without_member(owner, people["second"]["_id"])
unseen(second)
assert requests.get(link, timeout=60).status_code == 404
refused(404, theirs.upload_artifact, table)
assert [one.model_id for one in shared.search_models()] == [model.model_id]
left = second.get_v1_api(ActivityApi).search_activity(limit=100).events
assert people["owner"]["email"] not in {event.subject.name for event in left}

# The record tells who did what
feed = owner.get_v1_api(ActivityApi)
for action, name, result in (
    ("invite_accept", "second", "done"),
    ("model_create", "second", "done"),
    ("project_delete", "second", "refused"),
    ("member_remove", "owner", "done"),
):
    told = [event for event in feed.search_activity(query=f"action:{action} project:shared-by-two").events if event.status == result]
    assert [event.subject.name for event in told] == [people[name]["email"]], (action, told)
assert not feed.search_activity(query=f"{people['stranger']['email']} project:shared-by-two").events
print(shared.project_guid)
print("done")
