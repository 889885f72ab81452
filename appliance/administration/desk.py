"""What the owner of the machine may do without an API key: one JSON object a line over `admin.sock`, one JSON object a line back.

    {"command": "keys.create", "email": "a@b", "name": "notebook"}
    {"ok": true, "result": {…}}    or    {"ok": false, "message": …, "error_id": …}

The socket has mode 0600 and answers only processes of the server's own user (peer uid checked).
"""

from __future__ import annotations

import msgspec

from appliance.administration import account_commands, audit_commands, machine_commands, usage_commands
from appliance.administration.office import Office, Request
from appliance.contract.foreign import decode
from appliance.control_plane.store import DatabaseError
from appliance.errors import ApplianceError, BadRequest

COMMANDS = {**machine_commands.COMMANDS, **account_commands.COMMANDS, **usage_commands.COMMANDS, **audit_commands.COMMANDS}


async def answer(office: Office, line: bytes) -> bytes:
    """The answer to one line, newline included. Never raises for what the request did wrong."""
    try:
        request = decode(line, Request)
        command = COMMANDS.get(request.command)
        if command is None:
            raise BadRequest(f"There is no command of that name; there are {', '.join(COMMANDS)}.")
        reply = {"ok": True, "result": await command(office, request)}
    except msgspec.ValidationError as error:
        reply = {"ok": False, "message": f"The request is not valid: {error}", "error_id": "bad_request"}
    except msgspec.DecodeError:
        reply = {"ok": False, "message": "A request is one JSON object on one line.", "error_id": "bad_request"}
    except ApplianceError as error:
        reply = {"ok": False, "message": error.message, "error_id": error.code}
    except OverflowError:
        reply = {"ok": False, "message": "A number of the request is too large.", "error_id": "bad_request"}
    except (OSError, DatabaseError) as failed:
        reason = getattr(failed, "strerror", None) or str(failed)
        reply = {"ok": False, "message": f"The command failed: {reason}.", "error_id": "command_failed"}
    return msgspec.json.encode(reply) + b"\n"
