"""What followers of a stream may be told, asked before each delivery. An answer is good until the database changes or a second passes."""

from __future__ import annotations

from appliance.control_plane.api.auth import standing
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.permissions import Action, require
from appliance.control_plane.store import Connection, jobs, projects
from appliance.errors import NotFound

MOST_KNOWN = 20_000
GONE = "There is no such job: {}."


class Rights:
    """Answers that were found since the last `forget`, which whoever owns them calls at every change of the database."""

    def __init__(self, read: Connection) -> None:
        self._read = read
        self._signed_in: set[tuple[str, str]] = set()
        self._levels: dict[tuple[int, int], int] = {}
        self._projects: dict[str, int] = {}

    def forget(self) -> None:
        """Ask again."""
        self._signed_in.clear()
        self._levels.clear()
        self._projects.clear()

    def check_user(self, call: Call) -> None:
        """Raises what the admission raises once the session or key is not valid any more, or its user is disabled."""
        credentials = (call.header(b"authorization"), call.header(b"cookie"))
        if credentials not in self._signed_in:
            call.readmit(call)
            self._signed_in.add(credentials)

    def check_job(self, call: Call, uid: str) -> None:
        """Raises NotFound for a job that is gone or in a project of which the user is no member, Forbidden below the level that reads."""
        project = self._project(uid)
        level = self.level(call, project) if project else 0
        if not level:
            raise NotFound(GONE.format(uid))
        require(Action.MODEL_READ, level)

    def level(self, call: Call, project_id: int) -> int:
        """The user's level in a project; 0 for no member."""
        key = (call.user.id, project_id)
        if key not in self._levels:
            self._levels[key] = standing(self._read, call.user, project_id)
        return self._levels[key]

    def _project(self, uid: str) -> int:
        """Row id of the project of a job; 0 when one of them is gone."""
        if uid not in self._projects:
            if len(self._projects) > MOST_KNOWN:
                self._projects.clear()
            job = jobs.by_uid(self._read, uid)
            project = projects.by_id(self._read, job.project_id) if job is not None and not job.deleted else None
            self._projects[uid] = project.id if project is not None and not project.deleting else 0
        return self._projects[uid]
