"""The store: the only door to SQLite. `Store` opens it; one module per noun holds its functions and row Structs.

    users       User, Limits: insert, by_id, by_uid, by_email, every, search, change, limits, running_limits, storage_used, storage_left
    keys        ApiKey, Session: keys, one-time sign-in tokens, Console sessions
    invites     Invite: put, find, of, of_project, of_email, accept, remove_of, expire
    usage       Used: of_user, of_project
    audit       append, head, reading
    projects    Project, Member: insert, find, by_id, of_user, update, set_member, remove_member, level, members
    artifacts   Artifact, JobArtifact: insert, find, by_uid, of_project, mark_ready, set_profile, of_job, job_artifact, put_job_artifacts
    jobs        Job, JobInput, Search, Counts: insert, find, by_uid, by_id, counts, runs_of
    attempts    Attempt: of_job
    meta        get, put, get_or_put

The first argument is always a connection: `store.read`, or the one that an intent of `store.write` is given.
"""

from sqlite3 import Connection
from sqlite3 import Error as DatabaseError

from appliance.control_plane.store.store import DATABASE, Store

__all__ = ["DATABASE", "Connection", "DatabaseError", "Store"]
