"""Values that their form alone gives away: one expression per kind, all in one alternation, with checks on what matched."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import cache

from appliance.data_plane.detection.checksums import COUNTRIES, compact, iban, wallet
from appliance.data_plane.detection.national_ids import us_ssn

_OLC = "23456789CFGHJMPQRVWX"
_FORMS: tuple[tuple[str, str], ...] = (
    ("email_address", r"(?:mailto:)?[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}"
     r"|[^<>@]{1,80}<[^<>@\s]{1,64}@[^<>@\s]{3,120}>"),
    ("slack_secrets", r"xox[abeoprs]-[\w-]{10,250}|xapp-[\w-]{10,250}|https://hooks\.slack\.com/services/\S{10,200}"),
    ("url", r"(?:https?|ftps?|sftp|wss?)://\S{3,}|(?i:www\.)[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?"),
    ("uuid", r"\{?(?:urn:uuid:)?[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\}?"),
    ("jwt", r"(?:Bearer )?eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    ("github_token", r"gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255}"),
    ("google_data", r"AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{28}"),
    ("stripe_api_key", r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9]{20,}"),
    ("square_api_key", r"sq0[a-z]{3}-[\w-]{22,43}|EAAA[\w-]{60}"),
    ("sendgrid_credentials", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    ("twilio_data", r"(?:AC|SK)[0-9a-f]{32}"),
    ("facebook_data", r"EAACEdEose0cBA[0-9A-Za-z]+|EAA[A-Za-z0-9]{80,250}"),
    ("aws_access_key", r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z2-7]{16}"),
    ("api_key", r"glpat-[\w-]{20}|npm_[A-Za-z0-9]{36}|sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}"
     r"|hf_[A-Za-z]{34}|dop_v1_[a-f0-9]{64}|pypi-[\w-]{50,}"),
    ("sha512", r"[0-9a-f]{128}|[0-9A-F]{128}"),
    ("sha256", r"[0-9a-f]{64}|[0-9A-F]{64}"),
    ("md5", r"[0-9a-f]{32}|[0-9A-F]{32}"),
    ("mac_address", r"[0-9A-Fa-f]{2}(?P<dash>[:-])(?:[0-9A-Fa-f]{2}(?P=dash)){4}[0-9A-Fa-f]{2}"
     r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}"),
    ("ip_address", r"(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5}|/\d{1,2})?"
     r"|\[?(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?\]?(?:/\d{1,3}|%\w+)?"),
    ("iban_code", r"(?i:[A-Z]{2})\d{2}(?:[ -]?(?i:[A-Z0-9]){4}){2,7}(?:[ -]?(?i:[A-Z0-9]){1,3})?"),
    ("crypto_wallet", r"0[xX][0-9A-Fa-f]{40}|(?:bc1|BC1|tb1|ltc1)[02-9A-Za-z]{11,87}|[13][1-9A-HJ-NP-Za-km-z]{25,34}"),
    ("gps_coordinates", r"[(\[]?[-+]?\d{1,3}\.\d{2,}°?\s?[NS]?\s?[,;/ ]\s?[-+]?\d{1,3}\.\d{2,}°?\s?[EWO]?[)\]]?"
     r"|(?:POINT|Point) ?\( ?-?\d+(?:\.\d+)? -?\d+(?:\.\d+)? ?\)"
     r"|\d{1,2}°\s?\d{1,2}['′]\s?(?:\d{1,2}(?:\.\d+)?(?:[\"″]|''))?\s?[NS],?\s?\d{1,3}°\s?\d{1,2}['′]\s?(?:\d{1,2}(?:\.\d+)?(?:[\"″]|''))?\s?[EWO]"),
    ("us_social_security_number", r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}"),
    ("google_olc", rf"[{_OLC}]{{4,8}}\+[{_OLC}]{{2,3}}(?: \w.*)?"),
    ("http_cookie", r"(?:[\w.-]+=[^;\s]+; ?){1,}[\w.-]+=[^;]*;?|(?i:set-cookie): .+"
     r"|[\w.-]+=[^;]+; (?i:path|expires|httponly|secure|samesite|domain|max-age)\b.*"),
)  # fmt: skip
FORM_LABELS: tuple[str, ...] = tuple(label for label, _ in _FORMS)


@cache
def _forms() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{label}>{pattern})" for label, pattern in _FORMS))


def _is_ip(text: str) -> bool:
    if ":" not in text:
        return all(int(part) < 256 for part in text.partition("/")[0].split("."))
    body = text.strip("[]").partition("%")[0]
    if "." in body and ":" in body and body.count(":") == 1:
        body = body.partition(":")[0]
    try:
        address = ipaddress.ip_interface(body).ip
    except ValueError:
        return False
    return address.version == 4 or body.count(":") > 2 or "::" in body


def _is_iban(text: str) -> bool:
    return iban(compact(text))


def _is_wallet(text: str) -> bool:
    return wallet(text) or (text[:4].lower() in ("bc1q", "bc1p", "tb1q", "ltc1") and 26 <= len(text) <= 90 and text.isalnum())


def _is_point(text: str) -> bool:
    numbers = [abs(float(part)) for part in re.findall(r"\d{1,3}(?:\.\d+)?", text)[: 2 if "°" not in text or "." in text else 1]]
    return all(number <= 180 for number in numbers) and min(numbers) <= 90


def _is_ssn(text: str) -> bool:
    return us_ssn(compact(text))


_CHECKS: dict[str, Callable[[str], bool]] = {
    "ip_address": _is_ip,
    "iban_code": _is_iban,
    "crypto_wallet": _is_wallet,
    "gps_coordinates": _is_point,
    "us_social_security_number": _is_ssn,
}


def form_of(value: str) -> str | None:
    """The label of a value that its form alone gives away, or None."""
    found = None if value.isdigit() else _forms().fullmatch(value)
    if found is None:
        return None
    label = next(label for label in FORM_LABELS if found[label] is not None) if found.lastgroup == "dash" else found.lastgroup
    check = _CHECKS.get(label or "")
    return label if check is None or check(value) else None


_GENERIC_ENDS = """com net org info biz io dev app ai co me tv edu gov mil int name pro xyz online shop site store tech cloud club live
blog email
    systems agency world life today media digital solutions services group company global network space website design house expert
    center city
    academy finance consulting ventures partners capital bank law health care clinic travel hotel museum coop aero jobs mobi cat tel
    asia arpa
    example test invalid localhost local internal lan corp intranet home""".split()
_FILE_ENDS = frozenset("zip md py rs sh pl ps so cc app st mov ai to id".split())
"""Ends that are file types (or modules) as often as domains: they count only among others that are none."""


@cache
def domain_ends() -> frozenset[str]:
    """Last parts of domain names."""
    return frozenset(_GENERIC_ENDS) | {code.lower() for code in COUNTRIES} | {"uk", "eu", "su"}


_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?P<end>[a-z]{2,24}|xn--[a-z0-9-]+)\.?", re.IGNORECASE)
_PRIVATE_ENDS = frozenset("local internal lan corp intranet home localdomain".split())


def domain_end(value: str) -> str | None:
    """The last part of a text in the form of a domain name, lower case; None when it has not that form."""
    found = _DOMAIN.fullmatch(value)
    return found["end"].lower() if found else None


def is_domain(value: str) -> bool:
    """Whether a text is a domain name whose end exists and is no file type."""
    end = domain_end(value)
    return end is not None and (end in domain_ends() or end.startswith("xn--")) and end not in _FILE_ENDS


def is_private_host(value: str) -> bool:
    """Whether a text is the name of a host inside a network: `db01.corp`."""
    return domain_end(value) in _PRIVATE_ENDS
