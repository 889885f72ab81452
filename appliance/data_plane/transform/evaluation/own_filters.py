"""The appliance's own filters, each one call for all distinct values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from appliance.configurations.expression import tree
from appliance.configurations.expression.vocabulary import FILTERS
from appliance.data_plane.transform.evaluation import draws, prose
from appliance.data_plane.transform.evaluation.branches import by_argument
from appliance.data_plane.transform.evaluation.predicates import is_missing
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.vectors import (
    FAILED,
    CellFault,
    Places,
    Same,
    Vector,
    in_bulk,
    lift,
    picked,
    text_of,
)
from appliance.data_plane.transform.values.countries import lookup_country, lookup_locales
from appliance.data_plane.transform.values.dates import DAY, SECOND, offsets, read_moments
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.hashes import hashed, hashed_texts
from appliance.data_plane.transform.values.masks import partial_mask, partial_mask_texts
from appliance.data_plane.transform.values.text import normalized, top_level_domain
from appliance.data_plane.transform.values.unique import has_unique, unique_fakes

if TYPE_CHECKING:
    from appliance.data_plane.transform.evaluation.evaluator import Evaluator

Given = dict[str, Any]
"""Arguments by name, each one value."""
Bulk = Callable[["Evaluator", list[str], Given], Any]

_DATE, _MOMENT = "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"
_DEFAULT_SHIFT = ("-30d", "+30d")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def run(evaluator: Evaluator, node: tree.Filter, scope: Scope, of: Vector, given: dict[str, Vector]) -> Vector:
    """One of OWN on a vector. Missing values stay missing."""
    if node.name == "isna":
        return _isna(of, scope.size)
    if node.name == "fake":
        return _fake(evaluator, scope, of)
    if node.name == "random":
        return lift(draws.choice, [draws.draws_of(evaluator, scope, node.site)[0], of], scope.size)
    call = _shifted(node) if _fused(node) else OWN[node.name]

    def bulk(arguments: tuple[Any, ...], places: Places | None) -> Vector:
        named = {name: value for name, value in zip(given, arguments, strict=True) if value is not None}
        part, size = (of, scope.size) if places is None else (picked(of, places), len(places))
        if node.name == "hash" and isinstance(part, pa.Array):
            return _hash_array(evaluator, part, named)
        if node.name == "partial_mask" and isinstance(part, pa.Array):
            return partial_mask_texts(part.cast(pa.string()), *_mask_options(named))
        return in_bulk(lambda texts: call(evaluator, texts, named), part, size)

    return by_argument(tuple(given.values()), scope.size, bulk)


def _isna(of: Vector, size: int) -> Vector:
    if isinstance(of, pa.Array):
        return of.is_null().to_pylist() if of.null_count else Same(False)
    return lift(is_missing, [of], size)


def _fake(evaluator: Evaluator, scope: Scope, of: Vector) -> Vector:
    """`entity | fake`: the entity's fake for the cell."""
    this = scope.named("this")

    def bulk(arguments: tuple[Any, ...], places: Places | None) -> Vector:
        entity = arguments[0]
        if not isinstance(entity, str):
            return Same(FAILED)
        part, size = (this, scope.size) if places is None else (picked(this, places), len(places))
        make = unique_fakes if evaluator.place.unique and has_unique(entity) else Fakes.entity
        return in_bulk(lambda texts: make(evaluator.tools.fakes(), entity, texts), part, size)

    return by_argument((of,), scope.size, bulk)


def _hash(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    return hashed(evaluator.tools.key, texts, _salted(evaluator, given.get("salt")))


def _hash_array(evaluator: Evaluator, of: pa.Array, given: Given) -> pa.Array:
    """The same for a whole array; missing values stay missing."""
    texts = of.cast(pa.string())
    salt = _salted(evaluator, given.get("salt"))
    if not texts.null_count:
        return hashed_texts(evaluator.tools.key, texts, salt)
    return pc.replace_with_mask(texts, texts.is_valid(), hashed_texts(evaluator.tools.key, texts.drop_null(), salt))


def _salted(evaluator: Evaluator, salt: Any) -> str | None:
    """The salt with the seed of the globals mixed in; neither is ever the key."""
    seed = evaluator.tools.seed
    own = None if salt is None else text_of(salt)
    return own if seed is None else f"{own or ''}\0seed {seed}"


def _mask(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    return partial_mask(texts, *_mask_options(given))


def _mask_options(given: Given) -> tuple[int, str, int, int]:
    left, right, tolerance = (int(given.get(name, default)) for name, default in (("left", 0), ("right", 0), ("tolerance", 1)))
    return left, text_of(given.get("mask", "X")), right, tolerance


def _parsed(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    """Dates, and moments where a text tells a time of day."""
    moments = read_moments(texts, day_first=given.get("dayfirst"))
    pairs = zip(moments.micros.tolist(), moments.writing.tolist(), strict=True)
    return [None if writing < 0 else _moment(micros, moments.writings[writing].pattern) for micros, writing in pairs]


def _moment(micros: int, pattern: str) -> date:
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment if any(mark in pattern for mark in ("%H", "%-H", "%I", "%-I")) else moment.date()


def _range(given: Given) -> tuple[Any, Any]:
    return given.get("min", _DEFAULT_SHIFT[0]), given.get("max", _DEFAULT_SHIFT[1])


def _shift(unit: int) -> Bulk:
    def call(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
        moments = read_moments(texts)
        return moments.written(moments.micros + _drawn_offsets(evaluator, texts, given, unit))

    return call


def _drawn_offsets(evaluator: Evaluator, texts: list[str], given: Given, unit: int) -> Any:
    return offsets(Draws(evaluator.tools.fakes().digests("date shift", texts)), *_range(given), unit)


def _format(default: str) -> Bulk:
    def call(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
        moments = read_moments(texts)
        return moments.formatted(moments.micros, text_of(given.get("format", default)))

    return call


def below(node: tree.Filter) -> tree.Expression:
    """What the filter is applied to. A format of shifted dates reads the dates themselves: shifting and writing need one reading."""
    return node.of.of if _fused(node) and isinstance(node.of, tree.Filter) else node.of


def _fused(node: tree.Filter) -> bool:
    inner = node.of
    if node.name not in ("date_format", "date_time_format") or not isinstance(inner, tree.Filter):
        return False
    return inner.name in ("date_shift", "date_time_shift") and all(isinstance(one, tree.Constant) for one in _arguments(inner).values())


def _arguments(node: tree.Filter) -> dict[str, tree.Expression]:
    parameters = FILTERS[node.name].parameters
    return {**dict(zip(parameters, node.args, strict=False)), **{one.name: one.value for one in node.named}}


def _shifted(node: tree.Filter) -> Bulk:
    """A format of shifted dates, in one call."""
    inner = node.of
    assert isinstance(inner, tree.Filter)
    unit = DAY if inner.name == "date_shift" else SECOND
    shift = {name: one.value for name, one in _arguments(inner).items() if isinstance(one, tree.Constant)}
    default = _DATE if node.name == "date_format" else _MOMENT

    def call(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
        moments = read_moments(texts)
        micros = moments.micros + _drawn_offsets(evaluator, texts, shift, unit)
        return moments.formatted(micros, text_of(given.get("format", default)))

    return call


def _detect(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    return [prose.detected(found) for found in _found(evaluator, texts, given)]


def _redact(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    return [
        prose.replaced(text, found, [prose.redaction(one) for one in found])
        for text, found in zip(texts, _found(evaluator, texts, given), strict=True)
    ]


def _label(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    extended = bool(given.get("extended", False))
    return [
        prose.replaced(text, found, [prose.label(one, extended) for one in found])
        for text, found in zip(texts, _found(evaluator, texts, given), strict=True)
    ]


def _hash_entities(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    found = _found(evaluator, texts, given)
    made = prose.hashes(evaluator.tools.key, found, _salted(evaluator, given.get("salt")))
    return [prose.replaced(*row) for row in zip(texts, found, made, strict=True)]


def _fake_entities(evaluator: Evaluator, texts: list[str], given: Given) -> Any:
    found = _found(evaluator, texts, given)
    on_error = given.get("on_error", "redact")
    made = prose.fakes(evaluator.tools.fakes(), evaluator.tools.key, found, on_error, bool(given.get("extended", False)))
    return [None if new is None else prose.replaced(text, one, new) for text, one, new in zip(texts, found, made, strict=True)]


def _found(evaluator: Evaluator, texts: list[str], given: Given) -> list[list[prose.Entity]]:
    if evaluator.tools.finder is None:
        raise CellFault
    finder = evaluator.tools.finder.mixed if evaluator.place.mixed else evaluator.tools.finder
    return finder.found(texts, prose.words_of(given.get("entities")))


OWN: dict[str, Bulk] = {
    "isna": lambda evaluator, texts, given: texts,
    "fake": lambda evaluator, texts, given: texts,
    "random": lambda evaluator, texts, given: texts,
    "hash": _hash,
    "lookup_country": lambda evaluator, texts, given: lookup_country(texts),
    "lookup_locales": lambda evaluator, texts, given: [list(one) for one in lookup_locales(texts)],
    "normalize": lambda evaluator, texts, given: normalized(texts, text_of(given.get("allow", ""))),
    "tld": lambda evaluator, texts, given: top_level_domain(texts),
    "partial_mask": _mask,
    "date_parse": _parsed,
    "date_shift": _shift(DAY),
    "date_time_shift": _shift(SECOND),
    "date_format": _format(_DATE),
    "date_time_format": _format(_MOMENT),
    "detect_entities": _detect,
    "redact_entities": _redact,
    "label_entities": _label,
    "hash_entities": _hash_entities,
    "fake_entities": _fake_entities,
}
"""Filters by name; the first three look at more than their value and are not called from here."""
