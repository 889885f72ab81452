"""Who may do what: one table of action and level, asked on every route before anything else is read."""

from __future__ import annotations

from enum import Enum, IntEnum

from appliance.errors import Forbidden, NotFound

NO_PROJECT = "There is no such project, or you are not a member of it."


class Level(IntEnum):
    """What a user may do. `PUBLIC` asks for no user: the route carries its own proof (a signed link, a model key) or tells nothing.
    `SIGNED_IN` is any user who is not disabled. The rest are levels of a project's members; an outsider has `SIGNED_IN` there."""

    PUBLIC = -1
    SIGNED_IN = 0
    READ = 1
    WRITE = 2
    ADMINISTRATOR = 3
    OWNER = 4


class Action(Enum):
    """Everything that a request can ask for, each with the least `level` that may ask it."""

    HEALTH = "health", Level.PUBLIC
    DOCUMENTS = "documents", Level.PUBLIC
    SIGN_IN = "sign_in", Level.PUBLIC
    LINK = "link", Level.PUBLIC
    WORKER = "worker", Level.PUBLIC
    ACCOUNT = "account", Level.SIGNED_IN
    STATUS = "status", Level.SIGNED_IN
    PROJECT_CREATE = "project_create", Level.SIGNED_IN
    PROJECT_LIST = "project_list", Level.SIGNED_IN
    PROJECT_READ = "project_read", Level.READ
    MEMBER_READ = "member_read", Level.READ
    ARTIFACT_READ = "artifact_read", Level.READ
    MODEL_READ = "model_read", Level.READ
    RUN_READ = "run_read", Level.READ
    ARTIFACT_WRITE = "artifact_write", Level.WRITE
    ARTIFACT_DELETE = "artifact_delete", Level.WRITE
    MODEL_CREATE = "model_create", Level.WRITE
    MODEL_CHANGE = "model_change", Level.WRITE
    MODEL_DELETE = "model_delete", Level.WRITE
    RUN_CREATE = "run_create", Level.WRITE
    RUN_CHANGE = "run_change", Level.WRITE
    RUN_DELETE = "run_delete", Level.WRITE
    PROJECT_CHANGE = "project_change", Level.ADMINISTRATOR
    MEMBER_CHANGE = "member_change", Level.ADMINISTRATOR
    PROJECT_DELETE = "project_delete", Level.OWNER

    def __init__(self, label: str, level: Level) -> None:
        self.level = level


def in_project(action: Action) -> bool:
    """Whether the action is about one project, so that the level of a member decides."""
    return action.level >= Level.READ


def require(action: Action, level: int) -> None:
    """Raises NotFound for an outsider, who must not learn that there is something; Forbidden for a member below the action's level."""
    needed = action.level
    if level >= needed:
        return
    if level < Level.READ:
        raise NotFound(NO_PROJECT)
    raise Forbidden(f"This needs level {needed.value} ({needed.name.lower()}) in the project; yours is {level}.")
