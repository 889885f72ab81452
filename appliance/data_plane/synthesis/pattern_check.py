"""Checks of an identifier codec that came from a file: every weight is one, every length bounded, every letter has a successor."""

from __future__ import annotations

from itertools import pairwise

from appliance.data_plane.synthesis.identifiers import LONGEST, PatternCodec
from appliance.data_plane.synthesis.segments import Letters, Number, Place, Segment, Signs, Words

_MOST = 2**53


def fits_pattern(codec: PatternCodec) -> bool:
    """Whether the codec could have been written by this engine."""
    if codec.next >= 0 and (len(codec.templates) != 1 or not codec.templates[0].counts or codec.next > _MOST * 1000):
        return False
    if not 0 <= codec.missing <= 1 or (codec.domains is not None and not _fits_words(codec.domains)):
        return False
    return all(_fits_rows((template.rows,)) and all(_fits(part) for part in template.parts) for template in codec.templates)


def _fits(part: Segment) -> bool:
    if isinstance(part, Words):
        return _fits_words(part)
    if isinstance(part, Number):
        knots = part.knots
        rising = all(a <= b for a, b in pairwise(knots))
        return len(knots) > 1 and rising and knots[0] >= 0 and knots[-1] < 2**63 and 0 <= part.width <= LONGEST
    if isinstance(part, Signs):
        fits = all(0 < len(places) <= LONGEST and all(_fits_place(place) for place in places) for places in part.places)
        return len(part.rows) == len(part.places) and _fits_rows(part.rows) and fits
    return _fits_letters(part)


def _fits_letters(part: Letters) -> bool:
    known = set(part.letters)
    places = (part.first, *part.after)
    lengths = all(text.isascii() and text.isdigit() and 0 < len(text) < 4 and 0 < int(text) <= LONGEST for text in part.lengths.texts)
    return (
        (not part.words.texts or _fits_words(part.words))
        and 0 <= part.rows < _MOST
        and len(part.after) == len(part.letters) == len(known)
        and all(_fits_place(place) and set(place.signs) <= known for place in places)
        and _fits_words(part.lengths)
        and lengths
    )


def _fits_words(words: Words) -> bool:
    return len(words.texts) == len(words.rows) and _fits_rows(words.rows)


def _fits_place(place: Place) -> bool:
    return len(place.signs) == len(place.rows) and _fits_rows(place.rows)


def _fits_rows(rows: tuple[int, ...]) -> bool:
    return len(rows) > 0 and all(0 < count < _MOST for count in rows)
