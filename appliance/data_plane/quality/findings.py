"""Everything the judge found out, before it is put into words and keys."""

from __future__ import annotations

import msgspec

from appliance.data_plane.quality.attribute import Attribute
from appliance.data_plane.quality.comparison import Comparison
from appliance.data_plane.quality.copies import Exact, Near
from appliance.data_plane.quality.correlation import Correlation
from appliance.data_plane.quality.discriminator import Discriminator
from appliance.data_plane.quality.membership import Membership, Tail
from appliance.data_plane.quality.structure import Structure


class Findings(msgspec.Struct, frozen=True):
    """Results of all measures. `distribution` is (mean distance, score); `quality` and `reference` are overall scores (0–100) of the
    synthetic and of the held-out rows; `no_attacks` is the reason why privacy is not measured, or empty."""

    comparison: Comparison
    distribution: tuple[float | None, float | None]
    correlation: Correlation | None
    structure: Structure | None
    text_structure: float | None
    quality: float | None
    reference: float | None
    no_attacks: str
    membership: Membership | None
    attribute: Attribute | None
    exact: Exact
    near: Near | None
    tail: Tail | None
    discriminator: Discriminator | None

    @property
    def privacy(self) -> float | None:
        """The data privacy score (0–100): mean of both attacks; None when they did not run."""
        found = [attack.score for attack in (self.membership, self.attribute) if attack is not None]
        return sum(found) / len(found) if found else None

    @property
    def privacy_margin(self) -> float:
        """Points by which other held-out rows would move the data privacy score (half of its 95 % interval); 0 when it is not measured."""
        if self.membership is None:
            return 0.0
        return self.membership.margin / (2 if self.attribute is not None else 1)
