"""Which key a transform works under."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from appliance.data_plane.transform.values.keys import ValueKey
from appliance.errors import JobFailed

SEED_KEY = 0
"""The number of the key that is made from a seed."""


class KeyChoice(msgspec.Struct, frozen=True):
    """A key and what a model remembers of it: `seed` counts only for the key that is made from it."""

    value: ValueKey
    seed: int = 0

    @property
    def number(self) -> int:
        return self.value.number


def choose_key(secrets: Mapping[str, str], wanted: int | None, seed: int) -> KeyChoice:
    """The key numbered `wanted` among the worker's secrets; None: the project's present one, or one made from `seed` where there is none.

    Raises JobFailed for a number that is not there (any more)."""
    number = wanted if wanted is not None else int(secrets.get("transform_key") or SEED_KEY)
    if number == SEED_KEY:
        return KeyChoice(ValueKey.derive(seed), seed)
    held = secrets.get(f"transform_key.{number}")
    if held is None:
        raise JobFailed(
            f"Transform key {number} is not in this project: it was destroyed, or never made.",
            hint="Name another key in appliance.key, or train the model again under the project's present key.",
        )
    return KeyChoice(ValueKey(bytes.fromhex(held), number))
