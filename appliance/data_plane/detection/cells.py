"""Whole cells of mixed columns: each distinct value judged by itself, the header lending a little."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.data_plane.detection.calendar_forms import moment_of
from appliance.data_plane.detection.checksums import card, compact, imei, nhs, vin, vin_form
from appliance.data_plane.detection.evidence import probability
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.headers.evidence import HeaderEvidence, header_evidence
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.national_ids import schemes_of
from appliance.data_plane.detection.patterns import form_of, is_domain
from appliance.data_plane.detection.phones import phone_form, phone_odds
from appliance.data_plane.detection.profile import cleaned, is_placeholder
from appliance.data_plane.detection.wording import Words, firm_odds, person_odds, street_odds, worded

BAR = 0.5
_FORM_ODDS, _DATE_ODDS = 5.0, 3.0
_PRIOR = -0.4


class CellReader:
    """Judges cells."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, values: Sequence[str], header: str = "") -> list[Span | None]:
        """The label of each value as a whole, None where it is nothing personal. Offsets are those of the value as given."""
        said = header_evidence(header)
        texts = [cleaned(value) for value in values]
        found: list[tuple[str, float] | None] = [None if is_placeholder(text) else _plain(text, said) for text in texts]
        open_places = [place for place, text in enumerate(texts) if found[place] is None and not is_placeholder(text) and _wordy(text)]
        for place, words in zip(open_places, worded([texts[place] for place in open_places], self._lexicon), strict=True):
            found[place] = _of_words(words, said)
        return [_span(value, pair) for value, pair in zip(values, found, strict=True)]


def _span(value: str, pair: tuple[str, float] | None) -> Span | None:
    if pair is None or (score := probability(pair[1])) < BAR:
        return None
    start = len(value) - len(value.lstrip())
    return Span(start, max(start + 1, len(value.rstrip())), pair[0], round(score, 4))


def _wordy(text: str) -> bool:
    return len(text) <= 160 and any(map(str.isalpha, text))


def _plain(text: str, said: HeaderEvidence) -> tuple[str, float] | None:
    """What form, check digits and numbering plans tell of one value."""
    label = form_of(text)
    if label:
        return label, _FORM_ODDS
    digits = sum(map(str.isdigit, text))
    if not digits:
        return ("domain_name", 2.0) if "." in text and is_domain(text) else None
    if digits >= 0.35 * len(text):
        return _of_digits(text, said)
    small = compact(text)
    if len(small) == 17 and vin_form(small):
        return "vehicle_identifier", 3.0 if vin(small) else 0.3
    if moment := moment_of(text):
        return moment.kind, _DATE_ODDS
    if "." in text and is_domain(text):
        return "domain_name", 2.0
    return _of_state(small, said)


def _of_digits(text: str, said: HeaderEvidence) -> tuple[str, float] | None:
    small = compact(text)
    if moment := moment_of(text):
        kind = "birth_date" if said.weights.get("birth_date", 0.0) > 0 else moment.kind
        return (kind, _DATE_ODDS) if not moment.compact or kind in said.weights else None
    if card(small):
        return "credit_card_number", 3.5
    spaced = len(text) > len(small)
    if nhs(small) and (spaced and text.replace("-", " ").count(" ") == 2 and text[3:4] in " -" and text[7:8] in " -"):
        return "uk_nhs_number", 2.5
    if imei(small) and said.weights.get("imei_hardware_id", 0.0) >= 0:
        return "imei_hardware_id", 2.0
    form = phone_form(text)
    odds = phone_odds(form) + min(2.0, said.weights.get("phone_number", 0.0)) if form else -9.0
    state = _of_state(small, said)
    if state and state[1] > odds:
        return state
    return ("phone_number", odds) if odds > 0.4 else None


def _of_state(small: str, said: HeaderEvidence) -> tuple[str, float] | None:
    """A number of a state: forms with letters speak for themselves, digits need a rare check or a header."""
    best: tuple[str, float] | None = None
    for scheme in schemes_of(small):
        odds = (3.0 if scheme.letters and scheme.chance <= 0.05 else 2.0 if scheme.chance <= 0.012 else -0.6) + _PRIOR
        odds += max(0.0, min(3.0, said.weights.get(scheme.label, 0.0)))
        if best is None or odds > best[1]:
            best = scheme.label, odds
    return best


def _of_words(words: Words, said: HeaderEvidence) -> tuple[str, float] | None:
    street = street_odds(words)
    if street >= 2.0:
        return "street_address", street - 1.0
    if any(map(str.isdigit, words.raw)):
        return None
    firm, person = firm_odds(words), person_odds(words)
    for label, odds in (("organization_name", firm), ("person_name", person)):
        lent = said.weights.get(label, 0.0) * 0.25
        if odds + lent > 1.0 and odds >= max(firm, person):
            return label, odds + lent - 0.5
    return None
