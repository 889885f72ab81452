"""From the evidence of values, header and neighbours to one verdict per column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from appliance.data_plane.detection.evidence import Evidence, probability
from appliance.data_plane.detection.headers.evidence import HeaderEvidence

PRIOR = -4.2
"""Log-odds of any one label before anything is known of a column."""
BAR = 0.5
UNASKED = -2.2
"""What a header's label loses when no recogniser of values could say a word for it."""
NO_VALUES = -7.0
"""The same for labels whose values are always told by their form."""
CLEAR, FORMED = 2.5, 1.2
"""A header that speaks so clearly settles values that are written right but known to no list: they lend this much."""
NEGATIVE_NAME = -2.5
_FORMED = frozenset(
    """email_address url uuid jwt github_token google_data stripe_api_key square_api_key sendgrid_credentials twilio_data facebook_data
    aws_access_key slack_secrets sha512 sha256 md5 mac_address ip_address iban_code gps_coordinates us_social_security_number
    google_olc date
    birth_date datetime time latitude longitude imei_hardware_id credit_card_number aba_routing_number blood_type domain_name
    phone_number age
    uk_nhs_number vehicle_identifier crypto_wallet us_zip_code""".split()
)


_WORDED = frozenset(
    "person_name first_name last_name organization_name city country us_state location job_title language norp_group".split()
)
"""Labels whose values are words that stand for other things as well: here a header's word against them counts."""


class Candidate(msgspec.Struct):
    """A label that a column may have. `logit`: its log-odds; `value`: the part that the values gave."""

    label: str
    logit: float
    value: Evidence | None
    header: float = 0.0
    word: str = ""
    neighbour: float = 0.0

    @property
    def score(self) -> float:
        """The probability."""
        return probability(self.logit)


def candidates(found: Iterable[Evidence], header: HeaderEvidence) -> dict[str, Candidate]:
    """Every label that values or header speak for."""
    best: dict[str, Evidence] = {}
    for evidence in found:
        held = best.get(evidence.label)
        if held is None or evidence.strength > held.strength:
            best[evidence.label] = evidence
    made: dict[str, Candidate] = {}
    for label in {*best, *header.weights}:
        value, weight = best.get(label), header.weights.get(label, 0.0)
        if value is not None:
            said = max(value.strength, FORMED) if value.formed and weight >= CLEAR else value.strength
        else:
            said = NO_VALUES if label in _FORMED else UNASKED
        doubt = NEGATIVE_NAME if header.negative and label not in header.weights else 0.0
        if value is not None and value.strength > 6.0 and label not in _WORDED:
            weight, doubt = max(weight, 0.0), 0.0
        made[label] = Candidate(label, PRIOR + said + weight + doubt, value, weight, header.words.get(label, ""))
    return made


def misread(header: HeaderEvidence, found: Sequence[Evidence]) -> HeaderEvidence:
    """The header as the values let it be read: numbers that are ages under "date of birth" are ages."""
    ages = any(evidence.label == "age" and evidence.strength > 1.5 for evidence in found)
    if ages and "birth_date" in header.weights and "age" not in header.weights:
        weights = {**header.weights, "age": header.weights["birth_date"] - 0.8}
        return HeaderEvidence(weights, {**header.words, "age": header.words["birth_date"]}, header.negative)
    return header


def ranked(found: dict[str, Candidate]) -> list[Candidate]:
    """The candidates, most probable first; of equals the first by name."""
    return sorted(found.values(), key=lambda candidate: (-candidate.logit, candidate.label))


_PAIRS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("latitude", ("longitude",), 4.5),
    ("longitude", ("latitude",), 4.5),
    ("first_name", ("last_name",), 1.2),
    ("last_name", ("first_name",), 1.2),
    ("us_zip_code", ("us_state", "city", "street_address"), 3.0),
    ("postcode", ("city", "street_address"), 3.0),
    ("city", ("postcode", "us_zip_code", "street_address", "us_state"), 1.2),
    ("us_state", ("city", "us_zip_code"), 2.0),
    ("street_address", ("city", "postcode", "us_zip_code"), 0.8),
    ("cvv", ("credit_card_number",), 1.0),
)
"""A label gains so much from one of the others among the nearest columns."""
REACH = 2
_SURE = 0.2


def with_neighbours(columns: Sequence[dict[str, Candidate]]) -> None:
    """Adds what the columns beside each say: a latitude stands beside a longitude."""
    before = [{label: candidate.score for label, candidate in found.items()} for found in columns]
    for place, found in enumerate(columns):
        near = [before[other] for other in range(max(0, place - REACH), min(len(columns), place + REACH + 1)) if other != place]
        for label, others, gain in _PAIRS:
            candidate = found.get(label)
            if candidate is None or candidate.value is None:
                continue
            held = max((scores.get(other, 0.0) for scores in near for other in others), default=0.0)
            if held >= _SURE:
                candidate.neighbour = gain * held
                candidate.logit += candidate.neighbour
