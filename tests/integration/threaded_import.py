"""A module that starts a thread when it is imported: no zygote that holds it may ever fork."""

from __future__ import annotations

import threading

_never = threading.Event()
threading.Thread(target=_never.wait, daemon=True).start()
