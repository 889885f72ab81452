"""Whole cells of mixed columns: each distinct value judged by itself, the header and the other values lending a little."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.data_plane.detection.calendar_forms import moment_of
from appliance.data_plane.detection.checksums import card, compact, imei, nhs, vin, vin_form
from appliance.data_plane.detection.evidence import probability
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.headers.evidence import HeaderEvidence, header_evidence
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.lexicon_lists import CITY, COUNTRY, FIRST, FREQUENT_LAST, LARGE_CITY, THING
from appliance.data_plane.detection.national_ids import BY_LENGTH, NationalId
from appliance.data_plane.detection.patterns import domain_end, form_of, is_domain
from appliance.data_plane.detection.phones import phone_form, phone_odds
from appliance.data_plane.detection.profile import SHAPE, cleaned, is_placeholder
from appliance.data_plane.detection.wording import Words, city_odds, firm_odds, is_joint_name, person_odds, street_odds, worded

BAR = 0.5
_FORM_ODDS, _DATE_ODDS = 5.0, 3.0
_RARE, _LEAST = 0.012, 5
_UNSURE, _CHECKED = 0.025, 0.039
_WRITTEN = frozenset(
    """000.000.000-00 00.000.000/0000-00 00.000.000-0 0.000.000-0 00000000-A 00000000-0 A-0000000-A 000000/0000 000000-0000 000000-00000
    000000-0000000 00000000-0000 0000 0000 0000 0 00 00 00 000 000 00 000.0000.0000.00 000000-000A 000000A000A AA 00 00 00 A AA000000A
    00-0000000-0 000-000-000 00 00.00.00-000.00 AAA AAA 00A00 A000A 000 000 000 00-00000000-0 000000-00-0000""".replace("0 0", "0\u00a00")
    .replace("A 0", "A\u00a00").replace("0 A", "0\u00a0A").replace("A A", "A\u00a0A").split()
)  # fmt: skip
"""How numbers of states are written; said to no other number."""
_NUMBER = re.compile(r"-?\d{1,6}|[-+]?[1-9]?\d{0,8}[.,]\d{1,6}%?")
"""Quantities, amounts, measures: by themselves nobody's."""
_PLACES = ("city", "location", "country", "us_state")


class CellReader:
    """Judges cells."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, values: Sequence[str], header: str = "") -> list[Span | None]:
        """The label of each value as a whole, None where it is nothing personal. Offsets are those of the value as given."""
        said = header_evidence(header)
        texts = [cleaned(value) for value in values]
        filled = [place for place, text in enumerate(texts) if not is_placeholder(text)]
        schemes = _schemes([texts[place] for place in filled])
        named = _are_domains([texts[place] for place in filled])
        found: list[tuple[str, float] | None] = [None] * len(texts)
        for place in filled:
            pair = _plain(texts[place], said, schemes)
            found[place] = pair if named or pair is None or pair[0] != "domain_name" else None
        left = [place for place in filled if found[place] is None and _wordy(texts[place])]
        for place, pair in zip(left, _of_words(worded([texts[place] for place in left], self._lexicon), said), strict=True):
            found[place] = pair
        return [_span(value, pair) for value, pair in zip(values, found, strict=True)]

    def alone(self, values: Sequence[str]) -> list[Span | None]:
        """The label of each value by nothing but itself: what stands beside it in a file or a batch changes nothing."""
        return [self.read([value])[0] for value in values]


def _span(value: str, pair: tuple[str, float] | None) -> Span | None:
    if pair is None or (score := probability(pair[1])) < BAR:
        return None
    start = len(value) - len(value.lstrip())
    return Span(start, max(start + 1, len(value.rstrip())), pair[0], round(score, 4))


def _wordy(text: str) -> bool:
    return len(text) <= 160 and any(map(str.isalpha, text))


def _plain(text: str, said: HeaderEvidence, schemes: frozenset[str]) -> tuple[str, float] | None:
    """What form, check digits and numbering plans tell of one value."""
    if _NUMBER.fullmatch(text):
        return None
    label = form_of(text)
    if label:
        return label, _FORM_ODDS
    digits = sum(map(str.isdigit, text))
    if not digits:
        return ("domain_name", 2.0) if "." in text and is_domain(text) else None
    if digits >= 0.35 * len(text):
        return _of_digits(text, said, schemes)
    small = compact(text)
    if len(small) == 17 and vin_form(small):
        return "vehicle_identifier", 3.0 if vin(small) else 0.3
    if moment := moment_of(text):
        return moment.kind, _DATE_ODDS
    if "." in text and is_domain(text):
        return "domain_name", 2.0
    return _of_state(text, small, said, schemes)


def _of_digits(text: str, said: HeaderEvidence, schemes: frozenset[str]) -> tuple[str, float] | None:
    small = compact(text)
    moment = moment_of(text)
    if moment and not (moment.compact and moment.kind not in said.weights) and not _is_version(text, moment.year):
        return ("birth_date" if said.weights.get("birth_date", 0.0) > 0 else moment.kind), _DATE_ODDS
    if card(small) and len(small) != 13:
        return "credit_card_number", 3.5
    if nhs(small) and len(text) == 12 and text[3] == text[7] == " ":
        return "uk_nhs_number", 2.5
    if imei(small) and said.weights.get("imei_hardware_id", 0.0) >= 0:
        return "imei_hardware_id", 2.0
    if len(small) == 17 and vin_form(small) and vin(small):
        return "vehicle_identifier", 3.0
    form = phone_form(text)
    odds = phone_odds(form) + min(2.0, said.weights.get("phone_number", 0.0)) if form else -9.0
    state = _of_state(text, small, said, schemes)
    if state and state[1] > odds:
        return state
    return ("phone_number", odds) if odds > 0.4 else None


def _is_version(text: str, year: int) -> bool:
    """Three numbers of one or two digits between dots are a version as often as a day of a short year."""
    return year < 1000 and "." in text and len(text) != 8


def _are_domains(texts: list[str]) -> bool:
    """Whether most texts in the form of a domain name have an end that exists: names of metrics and files have not."""
    ends = [end for end in map(domain_end, texts) if end]
    return sum(1 for text in texts if is_domain(text)) > 0.6 * len(ends)


def _shape(text: str) -> str:
    return text.translate(SHAPE).replace("a", "A").replace(" ", "\u00a0")


def _schemes(texts: list[str]) -> frozenset[str]:
    """Numbers of states that so many of the values written alike are that it is no chance."""
    alike: dict[str, list[str]] = {}
    for text in texts:
        if any(map(str.isdigit, text)):
            alike.setdefault(_shape(text), []).append(compact(text))
    kept: set[str] = set()
    for asked in alike.values():
        if len(asked) >= _LEAST:
            kept.update(scheme.name for scheme in BY_LENGTH.get(len(asked[0]), ()) if _is_usual(scheme, asked))
    return frozenset(kept)


def _is_usual(scheme: NationalId, asked: list[str]) -> bool:
    if scheme.chance > _UNSURE and scheme.chance < _CHECKED:
        return False  # nothing but a date inside: others hold dates as well
    return sum(map(scheme.check, asked[:_LEAST])) >= _LEAST - 2 and sum(map(scheme.check, asked)) >= 0.6 * len(asked) + 1


def _of_state(text: str, small: str, said: HeaderEvidence, schemes: frozenset[str]) -> tuple[str, float] | None:
    """A number of a state: what letters, a rare check, the way it is written, its neighbours or the header make probable."""
    best: tuple[str, float] | None = None
    written = 2.2 if _shape(text) in _WRITTEN else 0.0
    bare = len(text) == len(small) and small.isdigit() and not any(said.weights.get(label) for label in ("national_id", "tax_id"))
    for scheme in BY_LENGTH.get(len(small), ()):
        if (bare and scheme.name not in schemes) or not scheme.check(small):
            continue
        lettered = scheme.letters and not small.isdigit()
        odds = 2.6 if lettered and scheme.chance <= 0.05 else 1.6 if scheme.chance <= _RARE else -1.0
        odds += written + (4.0 if scheme.name in schemes else 0.0) + max(0.0, min(3.0, said.weights.get(scheme.label, 0.0)))
        if best is None or odds > best[1]:
            best = scheme.label, odds
    return best


def _of_words(held: Sequence[Words], said: HeaderEvidence) -> list[tuple[str, float] | None]:
    """People, firms, streets and places among words. What most of the other values are is likelier for those that no list knows."""
    firms = [firm_odds(words) for words in held]
    people = [person_odds(words) for words in held]
    clear = sum(1 for firm, person in zip(firms, people, strict=True) if max(firm, person) > 1.0)
    lent = 0.8 if clear > 0.4 * len(held) and clear >= _LEAST else 0.0
    both = lent > 0 and sum(1 for firm in firms if firm > 1.0) > 0.1 * len(held)
    found = [_of_value(words, firm, person, said, lent) for words, firm, person in zip(held, firms, people, strict=True)]
    return [pair or (("organization_name", 0.2) if both and _may_be_firm(words) else None) for words, pair in zip(held, found, strict=True)]


def _may_be_firm(words: Words) -> bool:
    """A name in capitals that no list knows as anything, among people and firms."""
    return words.raw[:1].isupper() and 1 <= len(words.tokens) <= 3 and not any(map(str.isdigit, words.raw)) and not any(words.marks)


def _of_value(words: Words, firm: float, person: float, said: HeaderEvidence, lent: float) -> tuple[str, float] | None:
    if "0" in words.raw.translate(SHAPE) or words.phrase.startswith("po"):
        street = street_odds(words)
        return ("street_address", street - 1.0) if street >= 2.0 else None
    if is_joint_name(words) and lent:
        return "organization_name", 0.5
    firm += max(0.0, said.weights.get("organization_name", 0.0)) * 0.25
    person += max(0.0, said.weights.get("person_name", 0.0)) * 0.25 + (
        lent if person > -1.0 and not any(mark & THING for mark in words.marks) else 0.0
    )
    if max(firm, person) > 1.0:
        return ("organization_name", firm - 0.5) if firm >= person else ("person_name", person - 0.5)
    return _of_place(words, said)


def _of_place(words: Words, said: HeaderEvidence) -> tuple[str, float] | None:
    """Cities and countries: known ones that are nobody's name, or any known one under a header of places."""
    placed = any(said.weights.get(label, 0.0) > 0 for label in _PLACES)
    if words.mark & COUNTRY:
        return "country", 1.5
    if words.mark & CITY and not words.mark & THING:
        named = words.mark & (FIRST | FREQUENT_LAST)
        odds = 2.0 if placed else 0.8 if words.mark & LARGE_CITY and not words.mark & FIRST else -0.5 if named else 0.3
        return "city", odds
    return ("city", 0.4) if placed and words.raw[:1].isupper() and city_odds(words) > 0 else None
