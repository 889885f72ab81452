"""What a scan of free text is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from appliance.data_plane.detection.text.user_patterns import UserPatterns

DEFAULT_REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "BE",
    "CH",
    "AT",
    "SE",
    "DK",
    "NO",
    "FI",
    "PL",
    "PT",
    "IE",
    "CZ",
    "HU",
    "ZA",
    "AU",
    "IN",
    "BR",
    "MX",
)
"""Countries whose national numbering plans are tried for a telephone number without a country code, in this order."""


class TextOptions(msgspec.Struct, frozen=True):
    """`use_names`: the tagger looks for names, places and organisations. `labels`: only these are answered (all when None).
    `threshold`: spans below this probability are left out. `regions`: see `DEFAULT_REGIONS`. `user`: the configuration's own patterns.
    `engine`: `hyperscan`, `re2`, or `auto` (hyperscan where it is installed). `ner_model`: a local folder with a model of the user's."""

    use_names: bool = True
    labels: frozenset[str] | None = None
    threshold: float = 0.35
    regions: tuple[str, ...] = DEFAULT_REGIONS
    user: UserPatterns | None = None
    engine: str = "auto"
    ner_model: str = ""
