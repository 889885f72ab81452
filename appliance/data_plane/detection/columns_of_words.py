"""Evidence of columns of words: people, firms, streets, places, work, languages, and the closed lists of traits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from appliance.data_plane.detection.evidence import Evidence, Found, lent, listed_odds
from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.lexicon_lists import (
    CITY,
    COMMON,
    COUNTRY,
    FIRST,
    FREQUENT_LAST,
    JOB,
    LANGUAGE,
    LARGE_CITY,
    LAST,
    NATIONALITY,
    STATE,
    THING,
)
from appliance.data_plane.detection.profile import ColumnProfile
from appliance.data_plane.detection.trait_words import CLOSED, closed
from appliance.data_plane.detection.wording import Words, city_odds, firm_odds, is_surname, person_odds, street_odds, worded

_MOST = 56
_FEW, _MANY = 0.3, 60
_SURE = 12
"""So many distinct values and more are judged by lists alone; fewer may be on them by chance."""
_PROSE = 0.4
"""Where so many values are sentences, what a header says of addresses is said of what they tell."""
_SOME = 0.15
"""A clear header and so many known words settle a trait whose other words no list knows."""
_TWINS = {"gender": "sex", "ethnicity": "race"}
_HARMLESS = ("weekday", "colour")


def words(profile: ColumnProfile, lexicon: Lexicon) -> Found:
    """Everything that is told from words."""
    if profile.letters < 0.5 or profile.middle > 160:
        return
    step = max(1, profile.size // _MOST)
    if profile.distinct <= 60:
        found = list(traits(profile))
        yield from found
        if any(evidence.strength > 4.0 for evidence in found) or is_harmless(profile):
            return
    held = worded(profile.values[::step], lexicon)
    yield from _streets(held)
    if profile.digits < 0.2:
        yield from _people_and_firms(profile, held)
        yield from _single(profile, held)


def is_harmless(profile: ColumnProfile) -> bool:
    """Whether most values are days, months, seasons or colours: names of people, by the lists, and nobody's."""
    folded = [fold(value) for value in profile.values]
    return any(sum(1 for value in folded if value in closed(label)) > 0.6 * len(folded) for label in _HARMLESS)


def traits(profile: ColumnProfile) -> Found:
    """Closed lists: genders, religions, states of marriage and the like. Of short values a share says little."""
    folded = [fold(value).replace("_", " ").strip(" .") for value in profile.values]
    if max(map(len, folded)) > 60:
        return
    short = all(len(value) <= 2 for value in folded)
    for label in CLOSED:
        if label in _HARMLESS:
            continue
        known = closed(label)
        share = sum(1 for value in folded if value in known) / len(folded)
        odds = lent(1.5 if short and len(folded) <= 4 else 6.0, share) if share >= 0.5 else -2.5
        yield Evidence(label, odds, share, listed=share, formed=share >= _SOME)
        if label in _TWINS:
            yield Evidence(_TWINS[label], odds - 0.2, share, listed=share, formed=share >= _SOME)


def _mean(held: Sequence[Words], odds: Callable[[Words], float]) -> tuple[float, float]:
    """The share of values with odds above even, and their mean, bounded."""
    found = [max(-3.0, min(4.0, odds(one))) for one in held]
    return sum(1 for value in found if value > 0.3) / len(found), sum(found) / len(found)


def _streets(held: Sequence[Words]) -> Found:
    prose = sum(1 for one in held if one.prose) / len(held)
    if prose > _PROSE:
        yield from (Evidence(label, -6.0, 0.0) for label in ("street_address", "address", "location"))
        return
    share, mean = _mean(held, street_odds)
    if share > 0.35:
        yield Evidence("street_address", lent(8.5 if mean > 1.5 else 5.5, share), share, listed=share)
        yield Evidence("address", lent(8.5 if mean > 1.5 else 5.5, share) - 2.0, share, listed=share)


def _repeated(profile: ColumnProfile) -> float:
    """From 0 to 1: a handful of values over and over, as names of wares lie, and names of people seldom."""
    return max(0.0, (_FEW - profile.unique) / _FEW) * 1.6 if profile.distinct < _MANY else 0.0


def _people_and_firms(profile: ColumnProfile, held: Sequence[Words]) -> Found:
    few = 1.8 * _repeated(profile) + 0.45 * max(0, _SURE - profile.distinct)
    share, mean = _mean(held, person_odds)
    formed = sum(1 for one in held if 2 <= len(one.content) <= 4 and not any(mark & THING for mark in one.marks)) / len(held)
    unlike = 0.8 if profile.unique > 0.8 and formed > 0.9 else 0.0
    odds = min(9.0, 3.2 + 2.2 * mean + unlike) * min(1.0, share + 0.35) - few if share > 0.25 and mean > -1.5 else -3.0
    yield Evidence("person_name", odds, share, listed=share, formed=formed > 0.7)
    share, mean = _mean(held, firm_odds)
    worded_share = sum(1 for one in held if 1 <= len(one.tokens) <= 7) / len(held)
    odds = lent(8.0, share + 0.2) - few if share > 0.25 else -2.5
    yield Evidence("organization_name", odds, share, listed=share, formed=worded_share > 0.8 and profile.distinct > 3)


def _single(profile: ColumnProfile, held: Sequence[Words]) -> Found:
    """Columns of one word or phrase: which list knows most of them, beside how many of each kind every list knows by chance."""
    size = len(held)
    short = [one for one in held if 1 <= len(one.tokens) <= 4 and len(one.phrase) <= 40]
    if len(short) < 0.7 * size:
        yield from _phrases(held, size)
        return

    def known(bits: int) -> float:
        return sum(1 for one in short if one.mark & bits and (len(one.phrase) > 2 or not one.phrase.isascii())) / size

    alone = [one for one in short if len(one.content) <= 1 or "-" in one.raw]
    few = 2.4 * _repeated(profile) + 0.3 * max(0, _SURE - profile.distinct)
    plain = sum(1 for one in short if _everyday(one)) / size
    first, frequent = (_parts(alone, bits) / size for bits in (FIRST, FREQUENT_LAST))
    single = len(alone) / size > 0.7
    if single:
        last = sum(1 for one in alone if is_surname(one)) / size
        yield from _names(first, last, frequent, profile.distinct, few + 5.0 * plain, plain < 0.5)
    names = max(first, frequent) if single else 0.0
    placed = sum(1 for one in short if city_odds(one) > 0) / size
    odds = (
        listed_odds(placed, profile.distinct, 0.6, 0.13, 6.0)
        + 2.0 * min(0.5, known(LARGE_CITY))
        - 4.0 * max(0.0, names - 0.45)
        - few * 0.25
        - known(COMMON) * 0.5
    )
    yield Evidence("city", odds, placed, listed=known(CITY), formed=plain < 0.5)
    yield from _places(known, names)
    yield from _phrases(held, size)


def _names(first: float, last: float, frequent: float, count: int, doubt: float, formed: bool) -> Found:
    """First names or last names: the lists share many, so what tells them is which of them knows more."""
    edge = first - frequent
    odds = listed_odds(first, count, 0.6, 0.08, 7.0) + 4.0 * min(0.4, edge) - 3.5 * max(0.0, last - first) - doubt
    yield Evidence("first_name", odds, first, listed=first, formed=formed)
    odds = listed_odds(last, count, 0.8, 0.33, 6.5) - 6.0 * max(0.0, edge - 0.12) - 1.0 - doubt
    yield Evidence("last_name", odds, last, listed=last, formed=formed)


def _parts(alone: Sequence[Words], bits: int) -> int:
    return sum(1 for one in alone if one.marks and all(one.marks[place] & bits for place in one.content or [0]))


def _everyday(one: Words) -> bool:
    return any(mark & THING or (mark & COMMON and not mark & (FIRST | LAST)) for mark in one.marks)


def _places(known: Callable[[int], float], names: float) -> Found:
    country, state = known(COUNTRY), known(STATE)
    yield Evidence("country", lent(8.0, country) if country > 0.4 else -2.0, country, listed=country, formed=True)
    yield Evidence("location", -2.0, 0.0, formed=True)
    yield Evidence("us_state", lent(6.5, state) - 2.0 * names if state > 0.4 else -2.0, state, listed=state)


def _phrases(held: Sequence[Words], size: int) -> Found:
    for label, bits, strength in (("language", LANGUAGE, 6.0), ("norp_group", NATIONALITY, 6.0), ("job_title", JOB, 6.5)):
        share = sum(1 for one in held if one.mark & bits) / size
        yield Evidence(label, lent(strength, share + 0.15) if share > 0.4 else -2.0, share, listed=share, formed=True)
