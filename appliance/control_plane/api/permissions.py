"""Who may do what: one table of action and level, asked on every route before anything else is read."""

from __future__ import annotations

from enum import Enum, IntEnum

from appliance.errors import Forbidden, NotFound

NO_PROJECT = "There is no such project, or you are not a member of it."


class Level(IntEnum):
    """What a user may do. `PUBLIC` asks for no user: the route carries its own proof (a model key) or tells nothing.
    `SIGNED_IN` is any user who is not disabled. 1 to 4 are levels of a project's members; an outsider has `SIGNED_IN` there.
    `APPLIANCE` is an administrator of the installation, whose level in projects is as anybody's."""

    PUBLIC = -1
    SIGNED_IN = 0
    READ = 1
    WRITE = 2
    ADMINISTRATOR = 3
    OWNER = 4
    APPLIANCE = 5


class Action(Enum):
    """Everything that a request can ask for: its word, the least `level` that may ask it, and whether the audit log tells of it."""

    HEALTH = "health", Level.PUBLIC
    DOCUMENTS = "documents", Level.PUBLIC
    SIGN_IN = "sign_in", Level.PUBLIC, True
    WORKER = "worker", Level.PUBLIC
    WORKER_CLAIM = "worker_claim", Level.PUBLIC, True
    SHARE_DOWNLOAD = "share_download", Level.PUBLIC, True
    ACCOUNT = "account", Level.SIGNED_IN
    STATUS = "status", Level.SIGNED_IN
    PEOPLE_READ = "people_read", Level.SIGNED_IN
    ACTIVITY = "activity", Level.SIGNED_IN
    SIGN_OUT = "sign_out", Level.SIGNED_IN, True
    PASSWORD_CHANGE = "password_change", Level.SIGNED_IN, True
    KEY_CREATE = "key_create", Level.SIGNED_IN, True
    KEY_REVOKE = "key_revoke", Level.SIGNED_IN, True
    INVITE_ACCEPT = "invite_accept", Level.SIGNED_IN, True
    INVITE_DECLINE = "invite_decline", Level.SIGNED_IN, True
    PROJECT_CREATE = "project_create", Level.SIGNED_IN, True
    PROJECT_LIST = "project_list", Level.SIGNED_IN
    PROJECT_READ = "project_read", Level.READ
    MEMBER_READ = "member_read", Level.READ
    MEMBER_LEAVE = "member_leave", Level.READ, True
    ARTIFACT_READ = "artifact_read", Level.READ
    ARTIFACT_PREVIEW = "artifact_preview", Level.READ, True
    ARTIFACT_DOWNLOAD = "artifact_download", Level.READ, True
    MODEL_READ = "model_read", Level.READ
    RUN_READ = "run_read", Level.READ
    OUTPUT_DOWNLOAD = "output_download", Level.READ, True
    ARTIFACT_CREATE = "artifact_create", Level.WRITE, True
    ARTIFACT_UPLOAD = "artifact_upload", Level.WRITE, True
    ARTIFACT_DELETE = "artifact_delete", Level.WRITE, True
    OUTPUT_SAVE = "output_save", Level.WRITE, True
    SHARE_CREATE = "share_create", Level.WRITE, True
    SHARE_REVOKE = "share_revoke", Level.WRITE, True
    MODEL_CREATE = "model_create", Level.WRITE, True
    MODEL_CANCEL = "model_cancel", Level.WRITE, True
    MODEL_DELETE = "model_delete", Level.WRITE, True
    RUN_CREATE = "run_create", Level.WRITE, True
    RUN_CANCEL = "run_cancel", Level.WRITE, True
    RUN_DELETE = "run_delete", Level.WRITE, True
    PROJECT_CHANGE = "project_change", Level.ADMINISTRATOR, True
    TRANSFORM_KEY_CREATE = "transform_key_create", Level.ADMINISTRATOR, True
    TRANSFORM_KEY_DESTROY = "transform_key_destroy", Level.ADMINISTRATOR, True
    USAGE_READ = "usage_read", Level.ADMINISTRATOR
    INVITE_READ = "invite_read", Level.ADMINISTRATOR
    INVITE_CREATE = "invite_create", Level.ADMINISTRATOR, True
    INVITE_CANCEL = "invite_cancel", Level.ADMINISTRATOR, True
    MEMBER_CHANGE = "member_change", Level.ADMINISTRATOR, True
    MEMBER_REMOVE = "member_remove", Level.ADMINISTRATOR, True
    PROJECT_TRANSFER = "project_transfer", Level.OWNER, True
    PROJECT_DELETE = "project_delete", Level.OWNER, True
    USER_READ = "user_read", Level.APPLIANCE
    USER_CREATE = "user_create", Level.APPLIANCE, True
    USER_CHANGE = "user_change", Level.APPLIANCE, True
    USER_LINK = "user_link", Level.APPLIANCE, True
    USER_RESET = "user_reset", Level.APPLIANCE, True
    USER_HAND_OVER = "user_hand_over", Level.APPLIANCE, True
    AUDIT_READ = "audit_read", Level.APPLIANCE
    AUDIT_EXPORT = "audit_export", Level.APPLIANCE, True

    def __init__(self, word: str, level: Level, recorded: bool = False) -> None:
        self.word = word
        self.level = level
        self.recorded = recorded


def in_project(action: Action) -> bool:
    """Whether the action is about one project, so that the level of a member decides."""
    return Level.READ <= action.level <= Level.OWNER


def require(action: Action, level: int) -> None:
    """Raises NotFound for an outsider, who must not learn that there is something; Forbidden for a member below the action's level."""
    needed = action.level
    if level >= needed:
        return
    if level < Level.READ:
        raise NotFound(NO_PROJECT)
    raise Forbidden(f"This needs level {needed.value} ({needed.name.lower()}) in the project; yours is {level}.")


def require_administrator(administers: bool) -> None:
    """Raises Forbidden for a user who does not manage the installation."""
    if not administers:
        raise Forbidden("This needs an administrator of the appliance.")
