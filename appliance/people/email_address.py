"""What is taken as an e-mail address, and when two are one. Nothing is ever sent to one: it names a user."""

from __future__ import annotations

import unicodedata

from appliance.errors import BadRequest

LONGEST = 254
"""Characters, as RFC 5321 allows of a path."""


def check_email(text: str) -> str:
    """The address in composed form (NFC). Raises BadRequest unless it has one `@` with something on both sides, no spaces, no control,
    invisible or unassigned characters, and at most 254 characters."""
    address = unicodedata.normalize("NFC", text) if len(text) <= LONGEST else ""
    local, _, domain = address.partition("@")
    if not local or not domain or "@" in domain or len(address) > LONGEST or unprintable(address, spaces=True):
        raise BadRequest(f"`email` must be an e-mail address: name@domain, without spaces, at most {LONGEST} characters.")
    return address


def folded(email: str) -> str:
    """The same text for two addresses that people would take for one: other case, also beyond ASCII, or other forms of the same letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())


def unprintable(text: str, *, spaces: bool = False) -> bool:
    """Whether the text holds control, invisible or unassigned characters; with `spaces` also any kind of space."""
    return any(unicodedata.category(letter)[0] in ("CZ" if spaces else "C") for letter in text)
