"""Checks of text models that came from a file: every number that is used as an index points somewhere, every text ends."""

from __future__ import annotations

import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.text_model import BITS, LENGTHS, ORDER, Continuations, TextModel
from appliance.data_plane.synthesis.text_tokens import CODEPOINTS, DIGITS, LONGEST

MOST_VALUES = 1000


def fits_text(model: TextModel, columns: int) -> bool:
    """Whether a text model could have been written by this engine for a table of so many columns. Its marks are checked elsewhere."""
    size = len(model.forms)
    return (
        0 <= model.column < columns
        and 0 < size <= 2**BITS - 2
        and all(0 < len(form) <= LONGEST + 1 for form in model.forms)
        and len(model.orders) == ORDER + 1
        and all(_fits_continuations(part, size, order) for order, part in enumerate(model.orders))
        and len(model.orders[0].context) == 1
        and model.words.shape == model.ends.shape == (size,)
        and model.words.dtype == np.int64
        and model.ends.dtype == np.bool_
        and _fits_lengths(model)
        and _fits_digits(model)
        and _fits_theme(model, columns)
    )


def _fits_continuations(part: Continuations, size: int, order: int) -> bool:
    contexts, tokens = len(part.context), len(part.token)
    return bool(
        all(values.ndim == 1 and values.dtype.kind in "iu" for values in (part.context, part.start, part.token, part.mass))
        and len(part.start) == contexts + 1
        and len(part.mass) == tokens
        and part.seen.shape == (contexts,)
        and part.seen.dtype.kind == "f"
        and (part.start[0], part.start[-1]) == (0, tokens)
        and (np.diff(part.start) > 0).all()
        and (np.diff(part.context) > 0).all()
        and (not contexts or (part.context[0] >= 0 and part.context[-1] < 2 ** (BITS * max(order, 1))))
        and _inside(part.token, size + 2)
        and (part.token != size).all()
        and (np.diff(part.mass) > 0).all()
        and (not tokens or (part.mass[0] > 0 and part.mass[-1] < 2**52))
        and np.isfinite(part.seen).all()
        and (part.seen >= 0).all()
    )


def _fits_lengths(model: TextModel) -> bool:
    classes = len(model.longest)
    return bool(
        0 < classes <= LENGTHS
        and model.shortest.shape == model.longest.shape == (classes,)
        and model.shortest.dtype.kind == model.longest.dtype.kind == "i"
        and (model.shortest >= 1).all()
        and (model.shortest <= model.longest).all()
        and (model.longest <= CODEPOINTS + 1).all()
    )


def _fits_digits(model: TextModel) -> bool:
    numbered = [number for number, form in enumerate(model.forms) if "0" in form]
    return bool(
        model.numbered.tolist() == numbered
        and all(model.forms[number].count("0") <= DIGITS for number in numbered)
        and model.digits.shape == (len(numbered), DIGITS * 10)
        and np.isfinite(model.digits).all()
        and (model.digits >= 0).all()
    )


def _fits_theme(model: TextModel, columns: int) -> bool:
    theme = model.theme
    return theme is None or (
        0 <= theme.column < columns
        and theme.column != model.column
        and 0 < len(theme.values) <= MOST_VALUES
        and theme.lean.dtype == np.uint8
        and theme.lean.shape == (len(theme.values), len(model.forms))
    )


def _inside(values: Array, limit: int) -> bool:
    return not len(values) or (int(values.min()) >= 0 and int(values.max()) < limit)
