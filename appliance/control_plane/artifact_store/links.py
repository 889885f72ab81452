"""Signed links: a path that carries its own authorisation, for one method, one path and a limited time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote

from appliance.clock import Clock
from appliance.errors import Forbidden

LINKS = "/v1/appliance/links"


class LinkSigner:
    """Makes and checks signed paths with the server's secret (HMAC-SHA256 over method, path, user and expiry)."""

    def __init__(self, secret: bytes, clock: Clock, lifetime_s: float) -> None:
        self._secret = secret
        self._clock = clock
        self._lifetime_s = lifetime_s

    def sign(self, method: str, path: str, user: str) -> str:
        """`path` (unquoted, below `/v1/appliance/links`) as a quoted URL path with `user` (the uid of whom it is given to), `expires` and
        `signature`."""
        expires = str(int(self._clock.now() + self._lifetime_s))
        return f"{LINKS}{quote(path)}?user={user}&expires={expires}&signature={self._signature(method, path, user, expires)}"

    def check(self, method: str, path: str, user: str, expires: str, signature: str) -> None:
        """Raises Forbidden for a link that was not signed here, was changed, is meant for another method, or has run out.

        Whether its user may still do that is for the caller to ask."""
        expected = self._signature("GET" if method == "HEAD" else method, path, user, expires)
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise Forbidden("The link is not valid.")
        if self._clock.now() > int(expires):  # a number, because it was signed here
            raise Forbidden("The link has expired; ask for a new one.")

    def _signature(self, method: str, path: str, user: str, expires: str) -> str:
        message = f"{method}\n{path}\n{user}\n{expires}".encode("utf-8", "replace")
        return base64.urlsafe_b64encode(hmac.digest(self._secret, message, hashlib.sha256)).decode().rstrip("=")
