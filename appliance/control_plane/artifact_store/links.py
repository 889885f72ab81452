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
    """Makes and checks signed paths with the server's secret (HMAC-SHA256 over method, path, variant and expiry)."""

    def __init__(self, secret: bytes, clock: Clock, lifetime_s: float) -> None:
        self._secret = secret
        self._clock = clock
        self._lifetime_s = lifetime_s

    def sign(self, method: str, path: str, lifetime_s: float | None = None) -> str:
        """`path` (unquoted, below `/v1/appliance/links`) as a quoted URL path with `expires` and `signature`."""
        expires = int(self._clock.now() + (lifetime_s or self._lifetime_s))
        return f"{LINKS}{quote(path)}?expires={expires}&signature={self._signature(method, path, expires)}"

    def check(self, method: str, path: str, expires: str, signature: str) -> None:
        """Raises Forbidden for a link that was not signed here, was changed, is meant for another method, or has run out."""
        asked = "GET" if method == "HEAD" else method
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            raise Forbidden("The link is not valid.")
        expected = self._signature(asked, path, int(expires))
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise Forbidden("The link is not valid.")
        if self._clock.now() > int(expires):
            raise Forbidden("The link has expired; ask for a new one.")

    def _signature(self, method: str, path: str, expires: int) -> str:
        message = f"{method}\n{path}\n{expires}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self._secret, message, hashlib.sha256)).decode().rstrip("=")
