"""The appliance over HTTP, as its own commands speak to it."""

from __future__ import annotations

import gzip
import ipaddress
import json
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

import httpx

from appliance.cli.failure import NoAnswer
from appliance.cli.refusal import refusal
from appliance.errors import RequestRefused

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_UNKNOWN_AUTHORITY = range(18, 22)
"""X509_V_ERR_* of OpenSSL for certificates that lead to no authority that is trusted."""


class Client:
    """One appliance and one API key. Every method raises the error that the server's answer stands for, NoAnswer when there is none."""

    def __init__(self, endpoint: str, key: str) -> None:
        self.endpoint = endpoint
        trust = not _is_loopback(endpoint)  # a proxy of the environment knows nothing of this machine
        timeout = httpx.Timeout(60.0, connect=10.0)
        # the machine's own store, and SSL_CERT_FILE; a link may lead to TLS where the endpoint has none
        verify = ssl.create_default_context()
        self._http = httpx.Client(base_url=endpoint, headers={"Authorization": key}, timeout=timeout, trust_env=trust, verify=verify)
        forever = httpx.Timeout(None, connect=10.0)
        self._links = httpx.Client(headers={"Accept-Encoding": "identity"}, timeout=forever, trust_env=trust, verify=verify)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()
        self._links.close()

    def call(self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None) -> dict[str, Any]:
        """One request; the whole JSON object that comes back."""
        params = {name: value for name, value in (query or {}).items() if value is not None}
        response = self._send(lambda: self._http.request(method, path, params=params, json=body))
        return _object(response)

    def me(self) -> dict[str, Any]:
        """The user of the key."""
        return dict(_data(self.call("GET", "/users/me"))["me"])

    def billing(self) -> dict[str, Any]:
        """Limits of the user, what is used of them now, and what was used this month."""
        return dict(_data(self.call("GET", "/users/me/billing"))["billing"]["me"])

    def project_usage(self, project: str, month: str) -> list[dict[str, Any]]:
        """What every user used in a project, by month; in one month unless that is empty."""
        path = _path("v1", "appliance", "projects", project, "usage")
        return list(_data(self.call("GET", path, query={"month": month or None}))["usage"])

    def projects(self, query: str | None = None) -> list[dict[str, Any]]:
        """Projects of the user."""
        return list(_data(self.call("GET", "/projects", query={"query": query, "limit": 200}))["projects"])

    def create_project(self, name: str | None, display_name: str | None = None, description: str | None = None) -> dict[str, Any]:
        """Make a project, or find the user's own of that name."""
        body = {"name": name, "display_name": display_name, "description": description}
        made = _data(self.call("POST", "/projects", body={key: value for key, value in body.items() if value is not None}))
        return self.project(made["id"])

    def project(self, project: str) -> dict[str, Any]:
        """A project by its name or id."""
        return dict(_data(self.call("GET", _path("projects", project)))["project"])

    def delete_project(self, project: str) -> None:
        """Delete a project and all that it owns."""
        self.call("DELETE", _path("projects", project))

    def members(self, project: str) -> list[dict[str, Any]]:
        """Members of a project: `user_id`, `email`, `level`."""
        return list(_data(self.call("GET", _path("projects", project, "members")))["members"])

    def give_level(self, project: str, email: str, level: int) -> dict[str, Any]:
        """Set the level of a member (`{"member": …}`), or invite anybody else (`{"invite": …}`)."""
        return dict(_data(self.call("POST", _path("projects", project, "members"), body={"email": email, "level": level})))

    def remove_member(self, project: str, user_id: str) -> None:
        """Take a member out of a project."""
        self.call("DELETE", _path("projects", project, "members", user_id))

    def search_users(self, email: str) -> list[dict[str, Any]]:
        """Users whose e-mail holds that text: `_id`, `email`."""
        return list(_data(self.call("GET", "/users/search", query={"query": email, "limit": 100}))["users"])

    def sent_invites(self, project: str) -> list[dict[str, Any]]:
        """Invites to a project that wait for an answer."""
        return list(_data(self.call("GET", _path("projects", project, "invites")))["invites"])

    def cancel_invite(self, project: str, invite: str) -> None:
        """Call an invite back."""
        self.call("DELETE", _path("projects", project, "invites", invite))

    def invites(self, expired: bool = False) -> list[dict[str, Any]]:
        """Invites of the user that wait for an answer; with `expired` also those that can be accepted no more."""
        return list(_data(self.call("GET", "/users/me/invites", query={"include_expired": str(expired).lower()}))["invites"])

    def answer_invite(self, invite: str, *, accept: bool) -> dict[str, Any]:
        """Accept an invite (`{"member": …, "project": …}`) or decline it."""
        return dict(_data(self.call("PATCH" if accept else "DELETE", _path("users", "me", "invites", invite))))

    def transfer(self, project: str, email: str) -> dict[str, Any]:
        """Make a member the owner of a project: `{"project": …, "member": …, "level": …}`, the level being one's own afterwards."""
        return dict(_data(self.call("POST", _path("v1", "appliance", "projects", project, "transfer"), body={"email": email})))

    def leave(self, project: str) -> None:
        """Be a member of a project no more."""
        self.call("DELETE", _path("v1", "appliance", "projects", project, "membership"))

    def transform_keys(self, method: str, project: str, *number: int) -> list[dict[str, Any]]:
        """The transform keys of a project: told (GET), after a new one (POST), after one was destroyed (DELETE)."""
        return list(_data(self.call(method, _path("v1", "appliance", "projects", project, "transform-keys", *map(str, number))))["keys"])

    def upload(self, project: str, file: Path, progress: Callable[[int], None]) -> str:
        """Upload a file; the key of the artifact. `progress` is told the bytes sent so far."""
        made = _data(self.call("POST", _path("projects", project, "artifacts"), body={"filename": file.name}))
        with file.open("rb") as source:
            headers = {"Content-Length": str(file.stat().st_size)}
            self._send(lambda: self._links.put(made["url"], content=_counted(source, progress), headers=headers))
        return str(made["key"])

    def artifacts(self, project: str) -> list[dict[str, Any]]:
        """Files of a project."""
        return list(_data(self.call("GET", _path("projects", project, "artifacts")))["artifacts"])

    def manifest(self, project: str, key: str) -> dict[str, Any]:
        """What the inspection found; `status` is `pending` until it is done."""
        return self.call("GET", _path("projects", project, "artifacts", "manifest"), query={"key": key})

    def artifact_link(self, project: str, key: str) -> str:
        """Where a file of a project can be read."""
        return str(_data(self.call("GET", _path("projects", project, "artifacts", "download"), query={"key": key}))["data"]["url"])

    def delete_artifact(self, project: str, key: str) -> None:
        """Delete a file of a project."""
        self.call("DELETE", _path("projects", project, "artifacts"), query={"key": key})

    def create_model(self, project: str, configuration: dict[str, Any], *, runner_mode: str, dry_run: bool) -> dict[str, Any]:
        """Make a model: `{"data": {"model": …}, "worker_key": …}`."""
        query = {"dry_run": "yes" if dry_run else "no", "runner_mode": runner_mode}
        return self.call("POST", _path("projects", project, "models"), query=query, body=configuration)

    def models(self, project: str, **query: Any) -> list[dict[str, Any]]:
        """Models of a project."""
        return list(_data(self.call("GET", _path("projects", project, "models"), query=query))["models"])

    def create_run(self, project: str, model: str, body: dict[str, Any], *, runner_mode: str) -> dict[str, Any]:
        """Run a model: `{"data": {"handler": …}, "worker_key": …}`."""
        return self.call(
            "POST", _path("projects", project, "models", model, "record_handlers"), query={"runner_mode": runner_mode}, body=body
        )

    def runs(self, project: str, model: str) -> list[dict[str, Any]]:
        """Runs of a model."""
        query = {"status": "created,pending,active,completed,error,cancelled,lost", "limit": 100, "skip": 0}
        return list(_data(self.call("GET", _path("projects", project, "models", model, "record_handlers"), query=query))["handlers"])

    def job(self, path: str, expand: str = "logs") -> dict[str, Any]:
        """A model or a run with its `logs`; `path` from `model_path` or `run_path`. The job itself is under `job`."""
        found: dict[str, Any] = _data(self.call("GET", path, query={"expand": expand}))
        return {**found, "job": found.get("model") or found.get("handler")}

    def model_path(self, project: str, model: str) -> str:
        """The path of a model."""
        return _path("projects", project, "models", model)

    def run_path(self, project: str, model: str, run: str) -> str:
        """The path of a run."""
        return _path("projects", project, "models", model, "record_handlers", run)

    def cancel(self, path: str) -> None:
        """Cancel a job."""
        self.call("PATCH", path, body={"status": "cancelled"})

    def delete_job(self, path: str) -> None:
        """Delete a job and its files."""
        self.call("DELETE", path)

    def job_artifact_link(self, path: str, artifact_type: str) -> str:
        """Where an artifact of a job can be read, if it exists."""
        return str(_data(self.call("GET", f"{path}/artifact", query={"type": artifact_type}))["url"])

    def download(self, link: str, target: Path, *, unpack: bool = True) -> int:
        """Write what a signed link gives to `target`, gunzipped where it is gzip and `unpack` is set; the bytes written."""
        part = target.with_name(target.name + ".part")
        try:
            with self._links.stream("GET", link) as response:
                if response.is_error:
                    raise refusal(response.status_code, response.read())
                with part.open("wb") as file:
                    for chunk in response.iter_raw(_CHUNK):
                        file.write(chunk)
        except httpx.HTTPError as error:
            part.unlink(missing_ok=True)
            raise self._no_answer(error) from None
        if unpack and _is_gzip(part):
            _gunzip(part, target)
        else:
            part.replace(target)
        return target.stat().st_size

    def read(self, link: str) -> bytes:
        """The bytes behind a signed link, gunzipped where they are gzip. For small artifacts."""
        content = self._send(lambda: self._links.get(link)).content
        return gzip.decompress(content) if content.startswith(_GZIP) else content

    def _send(self, request: Callable[[], httpx.Response]) -> httpx.Response:
        try:
            response = request()
        except httpx.HTTPError as error:
            raise self._no_answer(error) from None
        if response.is_error:
            raise refusal(response.status_code, response.content)
        return response

    def _no_answer(self, error: httpx.HTTPError) -> NoAnswer:
        distrust = _distrust(error)
        if distrust is not None:
            hint = "Set SSL_CERT_FILE to the certificate of its authority." if distrust.verify_code in _UNKNOWN_AUTHORITY else ""
            return NoAnswer(f"The certificate of {self.endpoint} is not trusted: {distrust.verify_message.rstrip('.')}.", hint=hint)
        return NoAnswer(
            f"No appliance answers at {self.endpoint} ({type(error).__name__}).", hint="Is it running? `appliance serve` starts one."
        )


def _distrust(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Why a server's certificate was refused; None when it was not."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(str(part), safe="") for part in parts)


def _data(answer: dict[str, Any]) -> Any:
    inner = answer.get("data")
    if not isinstance(inner, dict):
        raise RequestRefused("The appliance answered without data: is it one?")
    return inner


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        found = json.loads(response.content or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RequestRefused("The answer is no JSON object: this is not an appliance.")
    return found


def _counted(source: BinaryIO, progress: Callable[[int], None]) -> Iterator[bytes]:
    sent = 0
    while chunk := source.read(_CHUNK):
        yield chunk
        sent += len(chunk)
        progress(sent)


def _is_gzip(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(2) == _GZIP


def _gunzip(packed: Path, target: Path) -> None:
    with gzip.open(packed) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, _CHUNK)
    packed.unlink()


def _is_loopback(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.endswith(".localhost")
