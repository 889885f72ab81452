"""Numbers: all tokens of a page at once. What one can be is read off its shape, and most shapes say nothing unless a word announces it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

from appliance.data_plane.detection.text import dates, number_readers, phones, places, streets
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.vocabulary import cue_bits

Reader = Callable[[Page, int, int], object]
Bytes = NDArray[numpy.uint8]
Places = NDArray[numpy.intp]
Gate = Callable[[Page, Places, Places], NDArray[numpy.bool_]]

_BEFORE, _LONGEST = 2, 26
_WIDTH = 32
"""Characters that are looked at: two before a token, the token, what is behind it."""
_MULTIPLIERS = numpy.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=numpy.uint64)
_SHAPES = bytes(48 if 48 <= code <= 57 else code for code in range(256))
_MEMORY = 1 << 14


class Rule(NamedTuple):
    """`form` fits the token's shape, digits as 0, with a blank or bracket and a digit behind it as ` 0` or `)0`. `before` and `after`: the
    character before, the two behind. `cues`: the reader runs only where one of these is announced; none: always. `gate`: at which of many
    tokens (by their starts and ends) looking closer pays."""

    form: str
    reader: Reader
    cues: tuple[str, ...] = ()
    before: str = r"(?s:.)"
    after: str = r"(?s:.*)"
    gate: Gate | None = None


Fits = Callable[[str], object]
Step = tuple[Reader, int, Gate | None]
"""A reader, the bits of its cues, its gate."""


class Numbers:
    """Reads every number token of a page. `regions`: national numbering plans that are tried."""

    def __init__(self, regions: tuple[str, ...]) -> None:
        self._rules = _compiled((*_RULES, *_phone_rules(phones.Phones(regions))))
        self._at_rules = _compiled(_AT_RULES)
        self._known: dict[int, tuple[Step, ...]] = {}

    def read(self, page: Page) -> None:
        """Look at all of them."""
        padded = numpy.frombuffer(page.data.translate(_SHAPES) + bytes(_WIDTH), dtype=numpy.uint8)
        starts = token_starts(padded[:-_WIDTH])
        if not len(starts):
            return
        rows, lengths = _rows(padded, starts)
        keys = (rows.view(numpy.uint64) * _MULTIPLIERS).sum(axis=1, dtype=numpy.uint64)
        announced = page.announcements(starts)
        for key, members in _groups(keys):
            steps = self._steps(key, rows[members[0]], int(lengths[members[0]]))
            if steps:
                self._run(page, steps, starts[members], starts[members] + lengths[members], announced[members])

    @staticmethod
    def _run(page: Page, steps: Sequence[Step], starts: Places, ends: Places, announced: NDArray[numpy.uint64]) -> None:
        for reader, cues, gate in steps:
            first, last = starts, ends
            if cues:
                chosen = (announced & numpy.uint64(cues)) != 0
                first, last = starts[chosen], ends[chosen]
            if gate is not None:
                chosen = gate(page, first, last)
                first, last = first[chosen], last[chosen]
            for start, end in zip(first.tolist(), last.tolist(), strict=True):
                reader(page, start, end)

    def _steps(self, key: int, row: Bytes, length: int) -> tuple[Step, ...]:
        steps = self._known.get(key)
        if steps is None:
            steps = tuple(self._steps_of(row.tobytes().decode("ascii"), length))
            if len(self._known) < _MEMORY:
                self._known[key] = steps
        return steps

    def _steps_of(self, text: str, length: int) -> Iterator[Step]:
        before, shape, after = text[_BEFORE - 1], text[_BEFORE : _BEFORE + length], text[_BEFORE + length : _BEFORE + length + 2]
        if length > _LONGEST or before in "$#%*\\" or after[:1] == "%":
            return
        longer = shape + (after if after[0] in " )" and after[1] == "0" else ")0" if after[0] == ")" else "")
        for form, ahead, behind, step in self._rules if before != "@" else self._at_rules:
            if ahead(before) and behind(after) and (form(shape) or form(longer)):
                yield step


def _compiled(rules: Sequence[Rule]) -> list[tuple[Fits, Fits, Fits, Step]]:
    return [
        (
            re.compile(rule.form).fullmatch,
            re.compile(rule.before).fullmatch,
            re.compile(rule.after).fullmatch,
            (rule.reader, cue_bits(rule.cues), rule.gate),
        )
        for rule in rules
    ]


def token_starts(data: Bytes) -> Places:
    """The first digits of the tokens (digits, joined by single signs of `-./:`) that no letter, digit or underscore stands before."""
    digit = data == 48
    letter = ((data | 32) >= 97) & ((data | 32) <= 122) | (data == 95)
    sign = (data >= 45) & (data <= 47) | (data == 58)
    first = digit.copy()
    first[1:] &= ~(digit | letter)[:-1]
    first[2:] &= ~(sign[1:-1] & digit[:-2])
    return numpy.flatnonzero(first)


def _rows(padded: Bytes, starts: Places) -> tuple[Bytes, Places]:
    """A row per token: what is before it, the token, two signs behind it, zeros; and the tokens' lengths."""
    rows = padded[starts[:, None] + numpy.arange(-_BEFORE, _WIDTH - _BEFORE)]
    digit = rows == 48
    sign = (rows >= 45) & (rows <= 47) | (rows == 58)
    inside = digit.copy()
    inside[:, 1:-1] |= sign[:, 1:-1] & digit[:, :-2] & digit[:, 2:]
    inside[:, :_BEFORE] = True
    inside[:, -1] = False
    lengths = numpy.argmin(inside, axis=1) - _BEFORE
    rows[:, 0] = 0
    rows[numpy.arange(_WIDTH) >= (lengths + _BEFORE + 2)[:, None]] = 0
    return numpy.ascontiguousarray(rows), lengths


def _groups(keys: NDArray[numpy.uint64]) -> Iterator[tuple[int, Places]]:
    order = numpy.argsort(keys, kind="stable")
    ordered = keys[order]
    edges = numpy.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(keys)], strict=True):
        yield int(ordered[first]), order[first:last]


def _zero_first(page: Page, starts: Places, ends: Places) -> NDArray[numpy.bool_]:
    return numpy.equal(page.codes[starts], 48)


def _phone_rules(plans: phones.Phones) -> tuple[Rule, ...]:
    not_plus = r"[^-+/]"
    groups = r"(?=[^0]*(?:0[^0]*){3,15}(?: 0)?\Z)0{1,15}(?:[-./]0{1,9}){0,6}(?:[ )]0)?|0{1,2} 0|\)0"
    return (
        Rule(r".*", phones.abroad, before=r"\+"),
        Rule(r"000([-.])000\1?0000|000/000[-.]0000|0[-.]000[-.]000[-.]0000|0 0|000[ )]0|000-0000000", plans.american, before=not_plus),
        Rule(r"0{10,11}", plans.american, ("phone_number",), before=not_plus),
        Rule(groups, plans.at_home, ("phone_number",), before=not_plus),
        Rule(r"0{2,6}(?:[-./]0{1,9}){1,6}|0{2,6}(?:[-./]0{1,9}){0,6}[ )]0", plans.at_home_trunk, before=not_plus, gate=_zero_first),
    )


_STATE_CUES = ("national_id", "tax_id", "id")
_POST_CUES = ("us_zip_code", "postcode")
_AFTER_AGE = r"[ -]?[yYjJaAl].?"
_AFTER_NAMED = r"[ ,][A-Za-z ]|[A-Za-z].?|[-/].?"

_RULES: tuple[Rule, ...] = (
    Rule(r"0000[-./]00?[-./]00?|00?[-./]00?[-./](?:00|0000)", dates.date_in_figures),
    Rule(r"0{8}", dates.compact_date, ("date", "birth_date")),
    Rule(r"00?:00(?::00)?(?:\.0+)?(?: 0)?", dates.time_of_day),
    Rule(r"00?", dates.date_with_blanks, after=r"\. "),
    Rule(r"00?", dates.hour, after=r" ?[aApP]\.?|[aApP][mM.]"),
    Rule(r"0{1,3}", dates.age, after=_AFTER_AGE),
    Rule(r"0{1,3}(?:\)0)?", dates.age_announced, ("age",)),
    Rule(r"0{3}-00-0{4}", number_readers.social_security),
    Rule(r"0{9}|000 0", number_readers.social_security, ("us_social_security_number",)),
    Rule(r"0{12,19}|0{4} 0|0{4}-0{4}-0{4}-0{4}(?:-000)?|0{4}-0{6}-0{4,5}", number_readers.card),
    Rule(r"000 0", number_readers.health_service),
    Rule(r"0{10}|000-000-0000", number_readers.health_service, ("uk_nhs_number",)),
    Rule(r"0{1,3}(?:\.0{1,3}){3}(?::0{2,5})?(?: 0)?", number_readers.internet_address),
    Rule(r"0{1,3}\.0{3,9}(?: 0)?", number_readers.coordinates),
    Rule(r"0{1,3}\.0{2}", number_readers.coordinates, ("latitude", "longitude")),
    Rule(r"0{1,2}", number_readers.degrees, after="\x01."),
    Rule(r"0{15}|00-0{6}-0{6}-0|0{6}-00-0{6}-0", number_readers.device, ("imei_hardware_id", "imsi_subscriber_id")),
    Rule(r"0{9}", number_readers.routing, ("aba_routing_number",)),
    Rule(number_readers.STATE_FORMS, number_readers.state_number),
    Rule(r"(?=(?:.?0){7,})0{1,14}(?:[-./]0{1,14})*|0{6,8}|0{1,6} 0", number_readers.state_number, _STATE_CUES),
    Rule(r"0{5}(?:-0{4})?(?:\)0)?", places.postcode),
    Rule(r"0{3,6}(?:-0{3,4})?(?:\)0)?|0{2}-0{3}|0{3} 0|0{5} 0", places.postcode, _POST_CUES),
    Rule(r"0{1,5}(?:-0{1,4})?", streets.street_after, after=_AFTER_NAMED, gate=streets.name_behind),
    Rule(r"0{1,4}(?:[-/]0{1,4})?(?:[ )]0)?", streets.street_before, before=r"[ .:]", gate=streets.name_before),
)
_AT_RULES = (Rule(r"0{1,3}(?:\.0{1,3}){3}(?::0{2,5})?(?: 0)?", number_readers.internet_address),)
