"""Codes of letters and digits: accounts, keys, hashes, wallets, vehicles, state numbers with letters."""

from __future__ import annotations

import re

from appliance.data_plane.detection import checksums, national_ids
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import ANNOUNCED, CHECKED, LOOSE, SHAPED
from appliance.data_plane.detection.text.vocabulary import NEGATIVE

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_STATE = re.compile(r"[A-Z]{1,6}[ .-]?[0-9](?:[ .-]?[0-9A-Z]){3,16}(?![0-9A-Za-z])")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_HEX = re.compile(r"[0-9a-fA-F]{32,128}(?![0-9A-Za-z])")
_HASHES = {32: "md5", 64: "sha256", 128: "sha512"}
_BASE58 = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}(?![0-9A-Za-z])")
_BECH32 = re.compile(r"bc1[02-9ac-hj-np-z]{11,71}(?![0-9A-Za-z])", re.IGNORECASE)
_ETHER = re.compile(r"0[xX][0-9a-fA-F]{40}(?![0-9A-Za-z])")
_SWIFT = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Za-z0-9])")

KEYS: tuple[tuple[str, str, str], ...] = (
    (r"\bgh[pousr]_", r"gh[pousr]_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])", "github_token"),
    (r"\bgithub_pat_", r"github_pat_[A-Za-z0-9_]{22,255}", "github_token"),
    (r"\b[srp]k_(?:live|test)_", r"[srp]k_(?:live|test)_[A-Za-z0-9]{16,247}", "stripe_api_key"),
    (r"\bwhsec_[A-Za-z0-9]", r"whsec_[A-Za-z0-9]{24,64}", "stripe_api_key"),
    (r"\b(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]", r"(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16}(?![A-Za-z0-9])", "aws_access_key"),
    (r"\bxox[abeoprs]-", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}", "slack_secrets"),
    (r"\bxapp-[0-9]", r"xapp-[0-9]-[A-Za-z0-9-]{10,250}", "slack_secrets"),
    (r"hooks\.slack\.com/", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,100}", "slack_secrets"),
    (r"\bAIza", r"AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])", "google_data"),
    (r"\bya29\.", r"ya29\.[0-9A-Za-z_-]{20,400}", "google_data"),
    (r"\bGOCSPX-", r"GOCSPX-[0-9A-Za-z_-]{20,40}", "google_data"),
    (r"\beyJ[A-Za-z0-9]", r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{4,8000}\.[A-Za-z0-9_-]{0,4000}", "jwt"),
    (r"\bSG\.[A-Za-z0-9]", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}", "sendgrid_credentials"),
    (r"\b(?:AC|SK)[0-9a-f]{4}", r"(?:AC|SK)[0-9a-f]{32}(?![0-9A-Za-z])", "twilio_data"),
    (r"\bsq0[a-z]{3}-", r"sq0[a-z]{3}-[0-9A-Za-z_-]{22,43}", "square_api_key"),
    (r"\bEAAA[A-Za-z0-9]", r"EAAA[A-Za-z0-9_-]{56,64}(?![0-9A-Za-z_-])", "square_api_key"),
    (r"\bEAA[A-Z][A-Za-z0-9]", r"EAA[A-Z][A-Za-z0-9]{30,250}", "facebook_data"),
    (r"\bglpat-", r"glpat-[A-Za-z0-9_-]{20,64}", "generic_key"),
    (r"\bnpm_[A-Za-z0-9]", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])", "generic_key"),
    (r"\bpypi-A", r"pypi-A[A-Za-z0-9_-]{30,250}", "generic_key"),
    (r"\bsk-[A-Za-z0-9]", r"sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{20,200}", "generic_key"),
    (r"\bhf_[A-Za-z]", r"hf_[A-Za-z]{30,40}(?![A-Za-z0-9])", "generic_key"),
    (r"\bdop_v1_", r"dop_v1_[a-f0-9]{64}", "generic_key"),
    (r"\bshp[a-z]{2}_", r"shp[a-z]{2}_[a-fA-F0-9]{32}", "generic_key"),
    (
        r"-----BEGIN ",
        r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,8000}(?:-----END [A-Z ]{0,24}PRIVATE KEY-----)?",
        "generic_key",
    ),
)
"""Where a key may begin, the whole key, its label. The first is a pattern of few characters, for the pass over the page."""

KEY_PATTERNS = tuple(re.compile(whole) for _, whole, _ in KEYS)


def key(number: int, page: Page, start: int, end: int) -> None:
    """The key of that number in `KEYS`, whose beginning stops at `end`."""
    begin = page.plain.rfind(_HEADS[number], max(end - 24, 0), end) if _HEADS[number] else _begin(page.plain, end)
    found = KEY_PATTERNS[number].match(page.plain, begin)
    if found and found.end() > begin:
        page.add(begin, found.end(), KEYS[number][2], 0.99, CHECKED + 5)


def _begin(plain: str, end: int) -> int:
    at = end
    while at > end - 20 and (plain[at - 1].isalnum() or plain[at - 1] in "_-"):
        at -= 1
    return at


_HEADS = tuple(
    next((head for head in ("hooks.slack.com/", "-----BEGIN ", "SG.", "ya29.") if head in first.replace("\\", "")), "")
    for first, _, _ in KEYS
)
"""Heads with signs in them, which are looked for backwards; the others begin where letters, digits, dashes and underscores do."""


def account(page: Page, start: int, end: int) -> None:
    """An IBAN (its groups too), or a state's number that begins with two letters and two digits, which stop at `end`."""
    plain = page.plain
    begin = end - 4
    length = checksums.IBAN_LENGTHS.get(plain[begin : begin + 2].upper(), 0)
    found = _IBAN.match(plain, begin) if length else None
    if found:
        stop = _reached(plain, begin, found.end(), length)
        if stop and checksums.iban(checksums.compact(plain[begin:stop])):
            page.add(begin, stop, "iban_code", 0.99, CHECKED + 2)
            return
        if stop and page.announced(begin, "iban_code", 12):
            page.add(begin, stop, "iban_code", 0.8, ANNOUNCED)
            return
    lettered_number(page, begin, end)


def _reached(plain: str, begin: int, end: int, length: int) -> int:
    """Where `length` letters and digits are told off and none follows; 0 when there are fewer."""
    left = length
    for at in range(begin, end):
        left -= plain[at].isalnum()
        if left == 0:
            return at + 1 if not plain[at + 1].isalnum() else 0
    return 0


def lettered_number(page: Page, start: int, end: int) -> None:
    """A state's number with letters, right by its check or its form, from `start`: it hardly happens by chance, or a word announces it."""
    found = _STATE.match(page.plain, start)
    text = found.group() if found and not any(page.announced(start, label) for label in _OTHER_DOCUMENTS) else ""
    for _ in range(3):
        schemes = [scheme for scheme in national_ids.schemes_of(checksums.compact(text)) if scheme.letters] if len(text) >= 7 else []
        if schemes:
            announced = any(page.announced(start, label) for label in ("national_id", "tax_id", "id"))
            if announced or (schemes[0].chance < 0.06 and not page.announced(start, NEGATIVE, 16)):
                page.add(start, start + len(text), schemes[0].label, 0.97 if announced else 0.75, CHECKED if announced else SHAPED)
            return
        text = text.rpartition(" ")[0]


def digits_and_letters(page: Page, start: int, end: int) -> None:
    """A state's number that begins with digits and has letters behind them, as in Spain and Finland."""
    found = _DIGITS_FIRST.match(page.plain, start)
    if not found or not found[1]:
        return
    schemes = [scheme for scheme in national_ids.schemes_of(checksums.compact(found.group())) if scheme.letters]
    if not schemes:
        return
    announced = page.announced(start, "national_id") or page.announced(start, "tax_id")
    if announced or (schemes[0].chance < 0.06 and not page.announced(start, NEGATIVE, 16)):
        page.add(start, found.end(), schemes[0].label, 0.97 if announced else 0.7, CHECKED if announced else SHAPED)


_OTHER_DOCUMENTS = ("passport_number", "driver_license", "license_plate")
_DIGITS_FIRST = re.compile(r"[0-9]{6,9}[ -]?([A-Z])?[0-9]{0,3}[A-Z0-9]?(?![0-9A-Za-z])")


def uuid(page: Page, start: int, end: int) -> None:
    """An identifier of five groups; its first two stop at `end`."""
    found = _UUID.match(page.plain, end - 14)
    if found:
        page.add(found.start(), found.end(), "uuid", 0.98, CHECKED + 3)


def digest(page: Page, start: int, end: int) -> None:
    """Hexadecimal digits of the length of a digest; the first 32 stop at `end`."""
    found = _HEX.match(page.plain, end - 32)
    label = _HASHES.get(found.end() - found.start()) if found else None
    if found and label and any(sign.isalpha() for sign in found.group()) and any(sign.isdigit() for sign in found.group()):
        page.add(found.start(), found.end(), label, 0.9, CHECKED)


def wallet(page: Page, start: int, end: int) -> None:
    """An address of a crypto currency that begins four signs before `end`."""
    begin = end - 4
    for pattern in (_BASE58, _BECH32, _ETHER):
        found = pattern.match(page.plain, begin)
        if found and checksums.wallet(page.text[begin : found.end()]):
            page.add(begin, found.end(), "crypto_wallet", 0.98, CHECKED + 1)
            return


def vehicle(page: Page, start: int, end: int) -> None:
    """A vehicle's number: its check digit is right, or a word announces it; 17 signs stop at `end`."""
    text = page.plain[end - 17 : end]
    announced = page.announced(end - 17, "vehicle_identifier")
    digits = sum(map(str.isdigit, text))
    if announced and 3 <= digits <= 14:
        page.add(end - 17, end, "vehicle_identifier", 0.97, CHECKED)
    elif 3 <= digits <= 14 and not page.announced(end - 17, NEGATIVE, 16):
        sure = checksums.vin_form(text) and checksums.vin(text)
        page.add(end - 17, end, "vehicle_identifier", 0.8 if sure else 0.3, SHAPED if sure else LOOSE)


def bank(page: Page, start: int, end: int) -> None:
    """A bank's code where a word announces it; its first six letters stop at `end`."""
    begin = end - 6
    found = _SWIFT.match(page.plain, begin)
    if found and checksums.swift(found.group()) and page.announced(begin, "swift_code", 24):
        page.add(begin, found.end(), "swift_code", 0.97, ANNOUNCED + 1)
    elif found and not found.group().isalpha() and checksums.swift(found.group()):
        page.add(begin, found.end(), "swift_code", 0.5, LOOSE)
