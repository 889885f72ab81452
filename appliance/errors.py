"""Every error the appliance raises on purpose, as one tree.

    ApplianceError
    ├── ConfigurationRefused          a configuration cannot be accepted; lists every fault
    ├── RequestRefused                a request cannot be served as asked
    │   ├── BadRequest
    │   ├── NotSignedIn
    │   ├── Forbidden
    │   ├── NotFound
    │   ├── Conflict
    │   ├── LimitReached              "Maximum number of …": 400, so that clients do not retry
    │   ├── StorageFull
    │   └── Overloaded
    ├── DataRefused                   an input file cannot be used; says what, where and what to do
    ├── JobFailed                     a job ends in error for a reason of its own
    │   ├── OutOfMemory
    │   ├── DurationExceeded
    │   └── ConfinementUnavailable
    ├── AttemptFenced                 this attempt was revoked; a later one may run
    ├── StoreFailed                   the database can no longer be trusted to keep a promise
    ├── DataFolderRefused             the data folder is newer, locked or not ours
    └── SettingsRefused               settings that contradict each other or are out of range

A message never holds a value of the training data: column names, row numbers, counts and kinds only.
"""

from __future__ import annotations

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One fault of a configuration: where (`loc`, a path of keys and indices) and what (`msg`, a sentence)."""

    loc: tuple[str | int, ...]
    msg: str


def tell_faults(opening: str, faults: tuple[Fault, ...], most: int = 3) -> str:
    """The opening sentence with the first faults, and how many more there are."""
    more = f"(and {len(faults) - most} more)" if len(faults) > most else ""
    return " ".join(part for part in (opening, *(fault.msg for fault in faults[:most]), more) if part)


class ApplianceError(Exception):
    """Something the appliance was asked to do could not be done."""

    code = "appliance_error"
    status = 500
    hint = ""

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        if hint is not None:
            self.hint = hint
        super().__init__(self.message)


class ConfigurationRefused(ApplianceError):
    """The configuration is not valid."""

    code = "configuration_refused"
    status = 400

    def __init__(self, faults: tuple[Fault, ...], message: str | None = None) -> None:
        self.faults = faults
        super().__init__(message or tell_faults("The configuration is not valid.", faults))


class RequestRefused(ApplianceError):
    """The request cannot be served as asked."""

    code = "request_refused"
    status = 400


class BadRequest(RequestRefused):
    """The request is malformed."""

    code = "bad_request"


class NotSignedIn(RequestRefused):
    """No valid API key or session came with the request."""

    code = "not_signed_in"
    status = 401


class Forbidden(RequestRefused):
    """Your level in this project does not allow that."""

    code = "forbidden"
    status = 403


class NotFound(RequestRefused):
    """There is nothing here by that name."""

    code = "not_found"
    status = 404


class Conflict(RequestRefused):
    """The present state does not allow that."""

    code = "conflict"
    status = 409


class LimitReached(RequestRefused):
    """A limit of your account is reached."""

    code = "limit_reached"


class StorageFull(RequestRefused):
    """The disk or your quota has no room for that."""

    code = "storage_full"
    status = 507


class Overloaded(RequestRefused):
    """Too many requests are waiting; try again in a moment."""

    code = "overloaded"
    status = 503


class DataRefused(ApplianceError):
    """The input file cannot be used."""

    code = "data_refused"
    status = 422


class JobFailed(ApplianceError):
    """The job failed."""

    code = "job_failed"


class OutOfMemory(JobFailed):
    """The job needed more memory than it was given."""

    code = "out_of_memory"


class DurationExceeded(JobFailed):
    """The job ran longer than its maximum duration."""

    code = "max_duration_exceeded"


class ConfinementUnavailable(JobFailed):
    """The worker could not be cut off from the network on this machine."""

    code = "confinement_unavailable"


class AttemptFenced(ApplianceError):
    """This attempt was revoked before it started."""

    code = "attempt_fenced"
    status = 409


class StoreFailed(ApplianceError):
    """The database refused to keep a promise; the server stops."""

    code = "store_failed"
    status = 503


class DataFolderRefused(ApplianceError):
    """The data folder cannot be used."""

    code = "data_folder_refused"


class SettingsRefused(ApplianceError):
    """The settings are not valid."""

    code = "settings_refused"
