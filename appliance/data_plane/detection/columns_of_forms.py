"""Evidence of values that their form gives away, of dates and of times."""

from __future__ import annotations

from collections import Counter

from appliance.data_plane.detection.calendar_forms import Moment, moment_of
from appliance.data_plane.detection.checksums import compact
from appliance.data_plane.detection.evidence import Evidence, Found, lent
from appliance.data_plane.detection.patterns import domain_end, domain_ends, form_of, is_domain, is_private_host
from appliance.data_plane.detection.profile import ColumnProfile

_STRENGTH = {"http_cookie": 6.0, "google_olc": 7.0, "gps_coordinates": 9.0, "us_social_security_number": 8.0, "md5": 9.0, "ip_address": 9.0}
_USUAL = 11.0
_PROBE = 24
"""Values that are looked at first; a form that none of them has is not looked for in the others."""
_TIMED = 2.5
"""What a time beside them takes from days of birth: typed columns have one, midnight, where the header tells a birth."""
_LONG = 20
OLDEST_BORN, YOUNGEST_BORN = 1900, 2012
_FORM_SIGNS = frozenset("@:/._-+=,°") | frozenset("0123456789")


def forms(profile: ColumnProfile) -> Found:
    """Labels of values whose form is enough: addresses of mail, web and networks, keys, hashes, accounts, coordinates."""
    if not profile.signs & _FORM_SIGNS and profile.middle < _LONG:
        return
    step = max(1, profile.size // _PROBE)
    if not any(map(form_of, profile.values[::step])):
        return
    counts = Counter(filter(None, map(form_of, profile.values)))
    for label, count in counts.items():
        share = count / profile.size
        strength = lent(_STRENGTH.get(label, _USUAL), share)
        if label == "ip_address" and _looks_versioned(profile.values):
            strength = -4.0
        if label == "us_social_security_number":
            strength *= _ssn_trust(profile)
        yield Evidence(label, strength, share)


def _looks_versioned(values: list[str]) -> bool:
    """Four small numbers with dots are versions of programs; addresses use the whole byte."""
    parts = [value.split(".") for value in values if value.count(".") == 3]
    if not parts:
        return False
    large = sum(1 for four in parts if any(len(part) == 3 for part in four)) / len(parts)
    wrong = sum(1 for four in parts if any(part.isdigit() and int(part) > 255 for part in four)) / len(parts)
    return wrong > 0.02 or large < 0.35


def _ssn_trust(profile: ColumnProfile) -> float:
    """Random numbers in this form hold areas from 900 on, 000 and 666; of numbers that were given none does."""
    dashed = [value for value in profile.values if len(value) == 11 and compact(value).isdigit()]
    wrong = sum(1 for value in dashed if value[:3] in ("000", "666") or value[0] == "9" or value[4:6] == "00" or value[7:] == "0000")
    return 1.0 if wrong <= 0.03 * len(dashed) else 0.0


def domains(profile: ColumnProfile) -> Found:
    """Names of domains and of hosts."""
    if "." not in profile.signs or profile.letters < 0.7:
        return
    step = max(1, profile.size // _PROBE)
    if not any(domain_end(value) for value in profile.values[::step]):
        return
    shares = profile.share([1 for value in profile.values if is_domain(value)])
    formed = [end for end in map(domain_end, profile.values) if end]
    formed_share = len(formed) / profile.size
    hosts = profile.share([1 for value in profile.values if is_private_host(value)])
    if formed_share >= 0.6 and hosts < 0.5 and shares >= 0.5 * formed_share:
        known = sum(1 for end in formed if end in domain_ends()) / profile.size
        yield Evidence("domain_name", lent(7.0, known), known)
    if hosts:
        yield Evidence("hostname", lent(6.5, max(hosts, formed_share if hosts > 0.5 else 0.0)), hosts)


def moments(profile: ColumnProfile) -> Found:
    """Dates, dates with times, times, and dates of birth by the spread of their years."""
    if profile.digits < 0.2 or profile.middle < 4:
        return
    step = max(1, profile.size // _PROBE)
    if not any(map(moment_of, profile.values[::step])):
        return
    found = [moment for moment in map(moment_of, profile.values) if moment]
    counts = Counter(moment.kind for moment in found)
    for kind, count in counts.items():
        if kind != "date":
            yield Evidence(kind, lent(8.0, count / profile.size), count / profile.size)
    timed = [moment for moment in found if moment.kind == "datetime"]
    if len(timed) > 0.5 * profile.size:
        born = birth_odds(timed, profile)
        strength = lent(8.0, len(timed) / profile.size) - _TIMED
        yield Evidence("birth_date", strength + min(0.0, born) - (1.0 if born <= 0 else 0.0), len(timed) / profile.size)
    dates = [moment for moment in found if moment.kind == "date"]
    if dates:
        share = len(dates) / profile.size
        strength = lent(5.0 if sum(moment.compact for moment in dates) > 0.5 * len(dates) else 8.0, share)
        if share < 0.95 and sum(moment.year < 1000 for moment in dates) > 0.5 * len(dates):
            strength = -2.0  # versions of three numbers read as days of a short year as often as not
        born = birth_odds(dates, profile)
        yield Evidence("date", strength - max(0.0, born), share)
        yield Evidence("birth_date", strength + min(0.0, born) - (1.0 if born <= 0 else 0.0), share)


def birth_odds(dates: list[Moment], profile: ColumnProfile) -> float:
    """Log-odds that dates are those of births, from their years alone: spread over decades and hardly any of these days."""
    years = sorted(year_of(moment) for moment in dates)
    low, high = years[len(years) // 10], years[-1 - len(years) // 10]
    if years[0] < OLDEST_BORN - 20 or high > YOUNGEST_BORN + 6:
        return -4.0
    spread = high - low
    if spread < 12:
        return -4.0 if high > 2000 else -2.0
    return (3.0 if spread >= 25 else 1.0) if high <= YOUNGEST_BORN and (profile.unique > 0.2 or profile.many) else 0.0


def year_of(moment: Moment) -> int:
    """The year of a date; two digits up to 30 count as this century."""
    if moment.year >= 1000:
        return moment.year
    short = moment.year - 100
    return 2000 + short if short <= 30 else 1900 + short
