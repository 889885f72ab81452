"""The sign patterns of the pass over a page: few characters of fixed length each, and the reader that looks closer."""

from __future__ import annotations

import functools
from collections.abc import Callable

from appliance.data_plane.detection.text import announced, codes, network, places
from appliance.data_plane.detection.text.page import Page

Reader = Callable[[Page, int, int], object]

_ENDINGS = "|".join((*network.GENERIC_DOMAINS, *network.COUNTRY_DOMAINS))

SIGNS: tuple[tuple[str, Reader], ...] = (
    (r"@[A-Za-z0-9[]", network.mail),
    (r"[A-Za-z0-9]://", network.url),
    (r"\b(?i:www)\.[A-Za-z0-9]", network.www),
    (rf"\.(?i:{_ENDINGS})\b", network.domain),
    (r"\b[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}:", network.network_card),
    (r"\b[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-", network.network_card),
    (r"\b[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}", network.network_card_dotted),
    (r"[0-9A-Fa-f]:[0-9A-Fa-f]{3,4}:", network.internet_address_6),
    (r"[0-9A-Fa-f]::[0-9A-Fa-f]", network.internet_address_6),
    (r"[^0-9A-Za-z]::1", network.internet_address_6),
    (r"\b[A-Za-z]{2}[0-9]{2}", codes.account),
    (r"\b[A-Z]{6}[0-9]{2}", lambda page, start, end: codes.lettered_number(page, end - 8, end)),
    (r"\b[A-Z]{5}[0-9]{4}[A-Z]", lambda page, start, end: codes.lettered_number(page, end - 10, end)),
    (r"\b[A-Z]{4}[0-9]{6}", lambda page, start, end: codes.lettered_number(page, end - 10, end)),
    (r"\b[A-Z][0-9]{7}", lambda page, start, end: codes.lettered_number(page, end - 8, end)),
    (r"\b[A-Z]{2} [0-9]{2} [0-9]{2}", lambda page, start, end: codes.lettered_number(page, end - 8, end)),
    (
        r"\b[0-9]{8}-?[A-Z]\b",
        lambda page, start, end: codes.digits_and_letters(page, max(end - 10, page.plain.rfind(" ", 0, end) + 1), end),
    ),
    (r"\b[0-9]{6}[-+A][0-9]{3}[A-Z]\b", lambda page, start, end: codes.digits_and_letters(page, end - 11, end)),
    (r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-", codes.uuid),
    (r"\b[0-9a-fA-F]{32}", codes.digest),
    (r"\b[13][1-9A-HJ-NP-Za-km-z]{3}[1-9A-HJ-NP-Za-km-z]{22}", lambda page, start, end: codes.wallet(page, start, end - 22)),
    (r"\b(?i:bc1)[a-zA-Z0-9]", codes.wallet),
    (r"\b0[xX][0-9a-fA-F]{2}", codes.wallet),
    (r"\b[A-HJ-NPR-Z0-9]{17}\b", codes.vehicle),
    (r"\b[A-Z]{6}[A-Z0-9]{2}", lambda page, start, end: codes.bank(page, start, end - 2)),
    (r"[A-Za-z][0-9]{5}", announced.glued),
    (r"[A-Z0-9] ?[0-9][ABD-HJLNP-UW-Z]{2}\b", places.lettered_postcode),
    (r"\b[A-Z][0-9][A-Z][ -]?[0-9][A-Z][0-9]\b", places.lettered_postcode),
    *((first, functools.partial(codes.key, number)) for number, (first, _, _) in enumerate(codes.KEYS)),
)
"""Pattern, reader. A reader gets the page, a start that means nothing, and the end of the match."""
