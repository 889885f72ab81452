"""Streets with their numbers, as they are written in the countries of Europe and America."""

from __future__ import annotations

import functools
import re

import numpy
from numpy.typing import NDArray

from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import LOOSE, NEAR, STREET
from appliance.data_plane.detection.text.vocabulary import month_words, street_words, unit_words

Places = NDArray[numpy.intp]
_AFTER_NUMBER = re.compile(r"[A-Za-z]?(?:[-/][0-9]{1,4}[A-Za-z]?)?,? ((?:[A-Za-z][\w.'-]{0,30} ){0,5}[A-Za-z][\w.'-]{0,30})")
_UNIT = re.compile(
    r"(?:[ ]*[,\n]\s{0,4}| |\. ?,? ?)([A-Za-z]{2,12})[.:]? {0,1}(?:#|no\.? )?([0-9]{1,5}[A-Za-z]?\b|[A-Z]\b)|,? #[0-9]{1,5}\b"
)
_QUARTER = re.compile(r" (?:NW|NE|SW|SE|[NSEW])\b(?:\.(?= ?,))?")
_FLOOR = re.compile(
    r",? [0-9]{1,2}(?:o|a|er|eme|e)?[ -](?:izq|dcha|izda|piso|etage|fl)\b\.?|,? [0-9]{1,2}\. ?(?:OG|Stock|sal|etage)\b(?: t[vh]\b\.?)?",
    re.IGNORECASE,
)
_COMPOUND = re.compile(
    r"(?:stras+e|str|straat|gatan|gata|vej|veien|vegen|veg|weg|vagen|gasse|platz|allee|laan|plein|kade|gracht|damm|ufer|stieg|steig|dijk|singel|"
    r"dreef|katu|kuja|polku|(?<=..)intie|gade|plads|plats|steeg|baan|kaai|pfad|chaussee|graben|zeile|bakken|backen|haugen|faret|tunet|utca|utja|"
    r"korut|namesti)\.?\Z"
)
_NO_STREETS = frozenset("brigade renegade norweg".split())
_COMPOUND_ALONE = frozenset(
    """utca utja ter ut korut ulice namesti trida cad caddesi sok sokak sokagi bulvari mahallesi bulvaris bulvar prospekt iela gatve
    puiestee mnt""".split()
)
_TAIL = re.compile(r"[A-Za-z]?(?:[-/] ?(?:[0-9]{1,4}[A-Za-z]?|[A-Za-z]))?(?![\w])|(?: ?[a-dA-D])?(?![\w])")
_EARLIER = re.compile(r"(?<![\w.,:/$#-])[0-9]{1,5} \Z")


def _after(page: Page, start: int, end: int) -> int:
    """The end of a street that follows its number, or -1: names up to a street word, or a street word with names."""
    found = _AFTER_NUMBER.match(page.plain, end)
    if not found:
        return -1
    words = found[1].split(" ")
    before, after = street_words()
    plain = [word.rstrip(".").lower() for word in words]
    if (
        plain[0] in before
        and len(plain[0]) > 1
        and len(words) > 1
        and (words[0][0].isupper() or words[-1][0].isupper() or words[1][0].isupper())
    ):
        return found.start(1) + len(" ".join(words[: _named(words)]))
    last = 0
    for index in range(1, len(words)):
        if not words[index - 1][0].isupper():
            break
        if plain[index] in after and (words[index][0].isupper() or len(plain[index]) > 3):
            last = index + 1
    return found.start(1) + len(" ".join(words[:last]).rstrip("'-")) if last else -1


def _named(words: list[str]) -> int:
    """How many words of `rue de la Paix and then` belong to the street: up to the last one with a capital that small words lead to."""
    last = 1
    for index in range(1, len(words)):
        if words[index][0].isupper():
            last = index + 1
        elif len(words[index]) > 4:
            break
    return last if last > 1 else min(len(words), 2)


def _tokens(page: Page, start: int) -> tuple[list[str], int]:
    """The last words before a number that stand in one clause and line, and where the first of them begins."""
    plain = page.plain
    floor = max(start - 70, 0)
    floor = max(plain.rfind("\x00", floor, start), plain.rfind("\n", floor, start), floor - 1) + 1
    tokens = plain[floor : start - 1].split(" ")
    while len(tokens) > 1 and tokens[-1].lower() in _NUMBER_MARKS:
        tokens.pop()
    for index in range(len(tokens) - 2, max(len(tokens) - 8, -1), -1):
        if tokens[index][-1:] in _CLAUSE_ENDS:
            break
    else:
        index = max(len(tokens) - 8, -1)
    return tokens[index + 1 :], floor + sum(map(len, tokens[: index + 1])) + index + 1


_CLAUSE_ENDS = ("", ",", ";", ":", "!", "?", ")", '"')
_NAME_AHEAD = re.compile(r"[0-9]{1,5}[A-Za-z]? [A-Z]")
_NUMBER_MARKS = frozenset("n nr no nro num n. nr. no. num. no: nr: # n:o".split())


def _before(page: Page, start: int, tokens: list[str], begin: int) -> int:
    """Where a street begins whose number stands at `start`, or -1: a street word with names, or a name that ends in one."""
    words = [token.strip("(\"',") for token in tokens]
    if not words[-1] or not words[-1][0].isalpha() or words[-1][-1] == ":":
        return -1
    first = _street_start(words)
    alone = tokens[-1][-1] != "," and not _NAME_AHEAD.match(page.plain, start)
    if first < 0 and alone and words[-1][0].isupper() and page.announced(start, "location"):
        first = _capitals([*words, ""], len(words))
    if first < 0:
        return -1
    at = begin + sum(map(len, tokens[:first])) + first
    return at + len(tokens[first]) - len(tokens[first].lstrip("(\"'"))


def _street_start(words: list[str]) -> int:
    """The index of the word that a street begins with; the number comes behind the last word. -1: no street."""
    before, _ = street_words()
    for index in range(len(words) - 2, -1, -1):
        word = words[index].rstrip(".").lower()
        if word in before and words[-1][0].isupper() and (words[index][:1].isupper() or words[index][-1:] == "." or len(word) > 2):
            earlier = _street_start(words[: index + 1]) if index and words[index - 1].rstrip(".").lower() in before else -1
            return earlier if earlier >= 0 else index
    last = words[-1].rstrip(".").lower()
    if last in _COMPOUND_ALONE:
        return _capitals(words, len(words) - 1)
    if last in ("strase", "strasse", "str", "straat", "weg", "platz", "gata", "vei", "vej", "allee", "ring", "gate", "laan"):
        return _capitals(words, len(words) - 1)
    if len(last) > 5 and words[-1][0].isupper() and _COMPOUND.search(last) and last not in _NO_STREETS:
        return len(words) - 1
    return -1


def _capitals(words: list[str], index: int) -> int:
    first = index
    while first and words[first - 1][:1].isupper() and index - first < 3:
        first -= 1
    return first if first < index else -1


def _table(pairs: dict[str, int]) -> NDArray[numpy.uint8]:
    """A number for each of all pairs of letters: those given, else 0."""
    table = numpy.zeros(1 << 16, dtype=numpy.uint8)
    table[[int.from_bytes(pair.encode()) for pair in pairs]] = list(pairs.values())
    return table


@functools.cache
def _beginnings() -> NDArray[numpy.uint8]:
    """What the words that stand before the name of a street begin with."""
    return _table({word[:2]: 1 for word in street_words()[0] if len(word) > 1})


@functools.cache
def _endings() -> NDArray[numpy.uint8]:
    """What small words before street numbers end in, and how long such words are at most (náměstí), with a blank."""
    return _table({**dict.fromkeys("ca ja ut ce ti da d. k. nr no n. r. o. o: r: m. pt t. u.".split(), 8), "er": 4})


def name_behind(page: Page, starts: Places, ends: Places) -> NDArray[numpy.bool_]:
    """Does a capital follow each number, or a small word that may be one for a street?"""
    codes = page.codes
    behind = numpy.minimum(ends + (codes[ends] == 32) + (codes[ends] == 44) * 2, len(codes) - 2)
    letter = codes[behind]
    named: NDArray[numpy.bool_] = (letter < 91) | (_beginnings()[letter.astype(numpy.uint16) << 8 | codes[behind + 1]] > 0)
    return named


def name_before(page: Page, starts: Places, ends: Places) -> NDArray[numpy.bool_]:
    """Does the word before each number begin with a capital, or is it short and ends as small words before street numbers do?"""
    codes = page.codes
    begins = page.word_starts(starts)
    first = codes[begins]
    pair = codes[numpy.maximum(starts - 3, 0)].astype(numpy.uint16) << 8 | codes[starts - 2]
    named: NDArray[numpy.bool_] = ((first >= 65) & (first <= 90)) | (starts - begins <= _endings()[pair])
    return named


def street_after(page: Page, start: int, end: int) -> None:
    """A street behind its number."""
    last = _after(page, start, end)
    if last >= 0:
        _add_street(page, start, last)


def street_before(page: Page, start: int, end: int) -> None:
    """A street before its number; or a number of a flat whose address has no street word."""
    if page.plain[start - 2] in ";!?\x00" or (
        page.plain[start - 1] == ":" and page.plain[start - 3 : start - 1].lower() not in _NUMBER_MARKS
    ):
        return
    word = page.plain[page.plain.rfind(" ", max(start - 14, 0), start - 1) + 1 : start - 1].rstrip(".,").lower()
    if word in month_words():
        return
    tokens, begin = _tokens(page, start)
    first = _before(page, start, tokens, begin)
    if first < 0:
        if tokens[-1].rstrip(".:").lower() in unit_words():
            _flat_only(page, start, end, start - 1 - len(tokens[-1]))
        return
    tail = _TAIL.match(page.plain, end)
    if tail:
        _add_street(page, first, tail.end())


def _add_street(page: Page, first: int, last: int) -> None:
    """With the flat behind it; a number before that (of a flat) is taken in."""
    earlier = _EARLIER.search(page.plain, max(first - 8, 0), first)
    page.add(earlier.start() if earlier else first, _with_units(page, last), "street_address", 0.9, STREET)


def _with_units(page: Page, end: int) -> int:
    quarter = _QUARTER.match(page.plain, end)
    end = quarter.end() if quarter else end
    for _ in range(3):
        found = _UNIT.match(page.plain, end) or _FLOOR.match(page.plain, end)
        if not found or (found.re is _UNIT and found[1] and found[1].lower() not in unit_words()):
            break
        end = found.end()
    return end


_HOUSE_NUMBER = re.compile(r"(?<![\w.,:/$#-])[0-9]{1,5}[A-Za-z]? (?=[^\W\d_])")
_NAMES_BETWEEN = re.compile(r"(?:[^\W\d_][\w.'-]{0,30} ?){1,6}(?:[0-9]{1,5})?[,.]?\s{0,4}")


def _flat_only(page: Page, start: int, end: int, word: int) -> None:
    """`12 Oakfield, Apt. 4`: a flat's number behind a number with names is an address, whatever the names are; `word`: where `Apt.` is."""
    plain = page.plain
    floor = max(plain.rfind("\x00", max(start - 80, 0), start), start - 81) + 1
    number = next(reversed(list(_HOUSE_NUMBER.finditer(plain, floor, word))), None)
    if number and _NAMES_BETWEEN.fullmatch(plain, number.end(), word):
        page.add(number.start(), end, "street_address", 0.75, LOOSE)
    elif plain[word].isupper() and plain[word : start - 1].rstrip(".:").lower() in ("apt", "suite", "unit", "ste", "apartment"):
        page.add(word, end, "street_address", 0.55, NEAR)
