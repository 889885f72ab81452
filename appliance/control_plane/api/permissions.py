"""Who may do what: one table of action and level, asked on every route before anything else is read."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from appliance.errors import Forbidden, NotFound


class Level(IntEnum):
    """What a user may do. `PUBLIC` asks for no user: the route carries its own proof (a signed link, a model key) or tells nothing.
    `SIGNED_IN` is any user who is not disabled. The rest are levels of a project's members; an outsider has `SIGNED_IN` there."""

    PUBLIC = -1
    SIGNED_IN = 0
    READ = 1
    WRITE = 2
    ADMINISTRATOR = 3
    OWNER = 4


class Action(StrEnum):
    """Everything that a request can ask for."""

    HEALTH = "health"
    DOCUMENTS = "documents"
    SIGN_IN = "sign_in"
    LINK = "link"
    WORKER = "worker"
    ACCOUNT = "account"
    STATUS = "status"
    PROJECT_CREATE = "project_create"
    PROJECT_LIST = "project_list"
    PROJECT_READ = "project_read"
    PROJECT_CHANGE = "project_change"
    PROJECT_DELETE = "project_delete"
    MEMBER_READ = "member_read"
    MEMBER_CHANGE = "member_change"
    ARTIFACT_READ = "artifact_read"
    ARTIFACT_WRITE = "artifact_write"
    ARTIFACT_DELETE = "artifact_delete"
    MODEL_READ = "model_read"
    MODEL_CREATE = "model_create"
    MODEL_CHANGE = "model_change"
    MODEL_DELETE = "model_delete"
    RUN_READ = "run_read"
    RUN_CREATE = "run_create"
    RUN_CHANGE = "run_change"
    RUN_DELETE = "run_delete"


LEVELS: dict[Action, Level] = {
    Action.HEALTH: Level.PUBLIC,
    Action.DOCUMENTS: Level.PUBLIC,
    Action.SIGN_IN: Level.PUBLIC,
    Action.LINK: Level.PUBLIC,
    Action.WORKER: Level.PUBLIC,
    Action.ACCOUNT: Level.SIGNED_IN,
    Action.STATUS: Level.SIGNED_IN,
    Action.PROJECT_CREATE: Level.SIGNED_IN,
    Action.PROJECT_LIST: Level.SIGNED_IN,
    Action.PROJECT_READ: Level.READ,
    Action.MEMBER_READ: Level.READ,
    Action.ARTIFACT_READ: Level.READ,
    Action.MODEL_READ: Level.READ,
    Action.RUN_READ: Level.READ,
    Action.ARTIFACT_WRITE: Level.WRITE,
    Action.ARTIFACT_DELETE: Level.WRITE,
    Action.MODEL_CREATE: Level.WRITE,
    Action.MODEL_CHANGE: Level.WRITE,
    Action.MODEL_DELETE: Level.WRITE,
    Action.RUN_CREATE: Level.WRITE,
    Action.RUN_CHANGE: Level.WRITE,
    Action.RUN_DELETE: Level.WRITE,
    Action.PROJECT_CHANGE: Level.ADMINISTRATOR,
    Action.MEMBER_CHANGE: Level.ADMINISTRATOR,
    Action.PROJECT_DELETE: Level.OWNER,
}


def in_project(action: Action) -> bool:
    """Whether the action is about one project, so that the level of a member decides."""
    return LEVELS[action] >= Level.READ


def require(action: Action, level: int) -> None:
    """Raises NotFound for an outsider, who must not learn that there is something; Forbidden for a member below the action's level."""
    needed = LEVELS[action]
    if level >= needed:
        return
    if level < Level.READ:
        raise NotFound("There is no such project, or you are not a member of it.")
    raise Forbidden(f"This needs level {needed.value} ({needed.name.lower()}) in the project; yours is {level}.")
