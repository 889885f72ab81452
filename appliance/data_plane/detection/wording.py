"""Values made of words: how each is written, which lists know it, and how much it looks like a person, a firm, a place or a street."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.lexicon_lists import CITY, COMMON, COMPANY, COUNTRY, FIRST, FREQUENT_LAST, LAST, THING
from appliance.data_plane.detection.sentences import is_of_addresses, is_prose
from appliance.data_plane.detection.word_forms import (
    FIRM_HEADS,
    FIRM_WORDS,
    FIRMS,
    FUNCTION_WORDS,
    PARTICLES,
    STREET_ENDS,
    STREETS,
    TAILS,
    TITLES,
)

_TOKEN = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*")
_NAME_SIGNS = re.compile(r"[^\W\d_]+(?:[ ,.'’`\-\u00a0]+[^\W\d_]+)*[.)]{0,2}")
_EAST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_HOUSE = re.compile(r"(?<![\w-])\d{1,5}\s?[A-Za-z]?(?:[-/]\d{1,4}\s?[a-z]?)?(?![\w])")
_CITY_KIND = re.compile(r"[^\W\d_]{1,3}\.\s?\w")
_UNIT = re.compile(r"\b(?:suite|ste|apt|apartment|unit|flat|floor|#)\b\.?", re.IGNORECASE)
_NO_STREET = re.compile(r"[;()=<>{}\[\]|]|/.*/")
_INITIAL = re.compile(r"(?<=\s)[^\W\d_]\.(?=\s|$)")
_NUMBER_FIRST = re.compile(r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,4})?,? [A-ZÀ-Þ][\w'’.-]+ [A-ZÀ-Þ#]")
_ENDS_SLAVIC = ("ов", "ова", "ев", "ева", "ин", "ина", "ский", "ская", "енко", "ович", "евич", "овна", "евна", "чук", "юк", "ук", "ко")
_SUR_ENDS = (
    *("sson", "ssen", "sen", "ski", "ska", "sky", "cki", "cka", "wicz"),
    *("vic", "vich", "ova", "ov", "ev", "eva", "enko", "chuk", "escu", "opoulos"),
    *("idis", "akis", "oglu", "yan", "ian", "shvili", "dze", "nen", "quist"),
    *("kvist", "berg", "strom", "lund", "dottir", "mann", "ez", "aitis", "iene"),
)  # fmt: skip
_LONGEST_TAIL = 4
_SHORTEST_PROSE = 2
_CITY_ENDS = (
    *("ville", "burg", "burgh", "berg", "stadt", "hausen", "dorf", "heim"),
    *("ingen", "furt", "brück", "ton", "town", "ford", "port", "mouth", "shire"),
    *("bury", "field", "haven", "chester", "grad", "gorod", "sk", "ów"),
    *("ice", "stad", "borg", "by", "köping", "koski", "vik", "drecht", "dam"),
)  # fmt: skip
_CITY_WORDS = frozenset(
    """north south east west new port lake fort saint san santa mount upper lower great bad los las el la le les den st sankt sint sur
    mer sous
    am an der im in ob de do da del upon on nad u""".split()
)


class Words:
    """One value of words. `tokens`: folded; `marks` of each token; `mark`: of the whole phrase."""

    __slots__ = ("content", "firm", "mark", "marks", "phrase", "prose", "raw", "tokens")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.phrase = " ".join(fold(raw).split())
        self.tokens = _TOKEN.findall(self.phrase)
        self.marks: list[int] = []
        self.mark = 0
        self.content: list[int] = []
        self.firm: float | None = None
        self.prose = False

    @property
    def titled(self) -> bool:
        return bool(self.tokens) and self.tokens[0] in TITLES

    def settle(self, known: dict[str, int]) -> None:
        """Take the marks of the lexicon; `content` are the places of tokens that are neither titles, particles nor initials."""
        self.mark = known.get(self.phrase, 0)
        self.marks = [known[token] for token in self.tokens]
        last = len(self.tokens) - 1
        self.content = [
            place
            for place, token in enumerate(self.tokens)
            if (len(token) > 1 or not token.isascii()) and token not in PARTICLES and not (place == 0 and token in TITLES and last)
            and not (place == last and token in TAILS and last > 1)
        ]  # fmt: skip
        if last >= _SHORTEST_PROSE:
            self.prose = is_prose(self.raw, sum(map(_is_everyday, self.tokens, self.marks)))


def _is_everyday(token: str, mark: int) -> bool:
    """Whether a word stands in sentences, and neither in addresses nor in names."""
    if is_of_addresses(token) or len(token) < 2 + token.isascii():
        return False
    return token in FUNCTION_WORDS or bool(mark & COMMON and not mark & (FIRST | LAST | CITY))


def worded(values: Sequence[str], lexicon: Lexicon) -> list[Words]:
    """The values with what the lexicon knows of them, asked once for all."""
    made = [Words(value) for value in values]
    asked = {token for words in made for token in words.tokens}
    asked.update(words.phrase for words in made)
    listed = list(asked)
    known = dict(zip(listed, lexicon.marks(listed).tolist(), strict=True))
    for words in made:
        words.settle(known)
    return made


def person_odds(words: Words) -> float:
    """Log-odds that a value is a person's full name."""
    if len(words.raw) > 60 or len(words.tokens) > 8 or not words.tokens:
        return -5.0
    if _EAST.search(words.raw):
        return _eastern_odds(words)
    if not _NAME_SIGNS.fullmatch(words.raw):
        return -5.0
    count = len(words.content)
    if count < 2 or " " not in words.raw:
        return 1.0 if count == 1 and (words.titled or len(words.tokens) > 1) and _listed(words, FIRST | LAST) else -3.0
    if count > 4 or firm_odds(words) > 2.5 or any(token in FUNCTION_WORDS for token in words.tokens):
        return -4.0
    return _western_odds(words)


def _western_odds(words: Words) -> float:
    """Both names on the lists speak for a person, a thing or an everyday word among them against."""
    places = words.content
    first, last = words.marks[places[0]], words.marks[places[-1]]
    comma = "," in words.raw
    if comma:
        first, last = words.marks[places[-1]], words.marks[places[0]]
    straight = _first_odds(first) + _last_odds(last, words.tokens[places[-1] if not comma else places[0]])
    turned = _first_odds(last) + _last_odds(first, words.tokens[places[0]]) - 0.7
    odds = max(straight, turned) + (1.5 if comma else 0.0) + (3.0 if words.titled else 0.0)
    odds -= sum(_against(words.marks[place], words.tokens[place]) for place in places)
    if words.mark & (CITY | COUNTRY | COMPANY):
        odds -= 2.5
    return odds + (1.0 if _INITIAL.search(words.raw) else 0.0) + (-0.7 if words.raw.islower() else 0.3 if words.raw[0].isupper() else 0.0)


def _first_odds(mark: int) -> float:
    return 1.8 if mark & FIRST else -0.4 if mark & LAST else -1.0


def _last_odds(mark: int, token: str) -> float:
    if mark & FREQUENT_LAST:
        return 1.8
    if mark & LAST:
        return 1.2
    if token.endswith(_SUR_ENDS) or token.endswith(_ENDS_SLAVIC):
        return 0.9
    return 0.2 if mark & FIRST else -1.4


def is_surname(words: Words) -> bool:
    """Whether every part of a value is a known last name, or ends as last names do."""
    return bool(words.marks) and all(
        words.marks[place] & LAST or (len(words.tokens[place]) > 4 and words.tokens[place].endswith((*_SUR_ENDS, *_ENDS_SLAVIC)))
        for place in words.content or [0]
    )


def _against(mark: int, token: str) -> float:
    """What a word takes from a person's name: a thing most, an everyday word that is no usual name much."""
    if mark & THING:
        return 4.5
    return 2.0 if mark & COMMON and not mark & (FIRST | FREQUENT_LAST) and not token.endswith(_SUR_ENDS) else 0.0


def _eastern_odds(words: Words) -> float:
    """Names in Chinese, Japanese or Korean letters: a known surname of one or two signs, then one to three more."""
    body = words.raw.replace("\u3000", " ").replace("・", " ").strip()
    parts = body.split()
    if not 1 <= len(parts) <= 2 or not 2 <= len(body.replace(" ", "")) <= 8:
        return -4.0
    if len(parts) == 2:
        return 3.0 if _listed(words, FIRST | LAST) else 0.5
    return 1.0 if 2 <= len(body) <= 4 and not words.mark & (CITY | COUNTRY) else -2.0


def _listed(words: Words, bits: int) -> bool:
    return any(mark & bits for mark in words.marks)


def firm_odds(words: Words) -> float:
    """Log-odds that a value is the name of a firm or an institution."""
    if words.firm is None:
        words.firm = _firm_odds(words)
    return words.firm


def _firm_odds(words: Words) -> float:
    raw, tokens = words.raw, words.tokens
    if not tokens or len(raw) > 90 or len(tokens) > 10 or words.prose:
        return -5.0
    if _firm_tail(words.phrase) or (len(tokens) > 1 and tokens[0] in FIRM_HEADS):
        return 5.0
    if words.mark & COMPANY:
        return 3.0
    if any(token in FIRM_WORDS for token in tokens):
        return (4.0 if tokens[-1] in FIRM_WORDS else 3.0) if len(tokens) > 1 else 0.0
    if _EAST.search(raw) and any(ending in raw for ending in ("会社", "公司", "集团", "회사", "大学", "銀行", "银行")):
        return 5.0
    return _joint_odds(words)


def _firm_tail(phrase: str) -> bool:
    """Whether the last one to four words, without dots and blanks, are a legal form: `S.A. de C.V.`, `sp. z o.o.`."""
    parts = phrase.split()
    tail = ""
    for part in parts[:0:-1][:_LONGEST_TAIL]:
        tail = "".join(filter(str.isalpha, part)) + tail
        if len(tail) > 1 and tail in FIRMS:
            return True
    return False


def _joint_odds(words: Words) -> float:
    """Firms named after people: `Smith, Jones and Brown`, `Smith & Sons`, `Smith-Jones`."""
    names = sum(1 for place in words.content if words.marks[place] & LAST)
    joined = "&" in words.raw or any(token in ("and", "und", "et", "y", "och", "og", "en", "ja", "e") for token in words.tokens[1:-1])
    if joined and names >= 2:
        return 3.0
    if "-" in words.raw and len(words.tokens) == 2 and words.raw.replace("-", "").isalpha() and names == 2:
        return 0.2
    if words.raw.isupper() and len(words.tokens) == 1 and len(words.raw) <= 6:
        return -0.5
    return -1.5


def is_joint_name(words: Words) -> bool:
    """Two last names with a hyphen and nothing else: a firm where the others are full names."""
    return "-" in words.raw and " " not in words.raw and len(words.tokens) == 2 and all(mark & LAST for mark in words.marks)


def street_odds(words: Words) -> float:
    """Log-odds that a value is a street, with or without house number and what follows."""
    raw = words.raw
    if len(words.tokens) > 22 or not words.tokens or words.prose:
        return -5.0
    named = any(
        token in STREETS and (len(token) > 2 or token in ("st", "rd", "av", "ln", "dr", "ul", "tr", "út")) for token in words.tokens
    )
    named = named or any(len(token) > 5 and token.endswith(STREET_ENDS) for token in words.tokens)
    house = _HOUSE.search(raw) is not None
    if named:
        return 5.0 if house else 1.5 if len(words.tokens) > 1 or len(words.tokens[0]) > 6 else -1.0
    if house and "," in raw and len(words.tokens) >= 2 and not _NO_STREET.search(raw):
        return 2.5
    if house and _NUMBER_FIRST.match(raw) and len(words.tokens) <= 6:
        return 3.0 if _UNIT.search(raw) else 0.6
    if raw.lower().startswith(("po box", "p.o. box", "postfach", "apartado", "boîte postale", "bp ")):
        return 5.0
    if any(sign in raw for sign in ("丁目", "番地", "路", "街", "號", "号", "로 ", "길 ", "대로")) and house:
        return 4.0
    if house and 1 <= len(words.tokens) <= 4 and re.fullmatch(r"[^\W\d_][^\d]{3,40},? \d{1,4} ?[a-zA-Z]?(?:[-/]\d{1,4})?", raw):
        return 0.8
    return -3.0


def city_odds(words: Words) -> float:
    """Log-odds that a value is a city, as far as lists and endings tell."""
    if not words.tokens or len(words.tokens) > 5 or any(sign.isdigit() for sign in words.raw):
        return -4.0
    if words.mark & CITY:
        return 1.5
    if words.marks[-1] & CITY and _CITY_KIND.match(words.raw) and len(words.tokens) == 2:
        return 1.5
    inner = [place for place in words.content if words.tokens[place] not in _CITY_WORDS]
    if len(words.tokens) > 1 and inner and any(words.marks[place] & CITY for place in inner) and len(inner) < len(words.tokens):
        return 0.8
    last = words.tokens[-1]
    if len(last) > 6 and last.endswith(_CITY_ENDS):
        return 0.6
    if (
        words.tokens[0] in ("north", "south", "east", "west", "new", "port", "lake", "saint", "sankt", "san", "santa", "bad")
        and len(inner) == 1
    ):
        return 0.6
    return -1.2
