"""Nodes that draw: random numbers, fakes, personas. Everything drawn is a function of the project's key, the cell and the place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appliance.configurations.entities import canonical
from appliance.configurations.expression import tree, vocabulary
from appliance.configurations.expression.providers import SIZED, SIZES
from appliance.data_plane.transform.evaluation.bounds import check_items
from appliance.data_plane.transform.evaluation.branches import by_argument
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.vectors import CellFault, Places, Same, Vector, lift, listed, text_of
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.patterns import EACH, LONGEST
from appliance.data_plane.transform.values.unique import has_unique, unique_fakes

if TYPE_CHECKING:
    from appliance.data_plane.transform.evaluation.evaluator import Evaluator

_TWO_PI = 2 * math.pi
_SIZED_AT_ONCE = 64
"""Fakes of a size that the configuration says are made between two looks at the clock."""
_PER_ITEM = 64
"""Draws made at once for each value by functions that need several."""


def draws_of(evaluator: Evaluator, scope: Scope, site: int, count: int = 1) -> list[list[float]]:
    """`count` numbers from 0 up to 1 for each place."""
    domain = f"random\0{evaluator.place.domain}\0{site}"
    source = Draws(evaluator.tools.fakes().digests(domain, scope.keys()), scope.turn)
    return [source.shares().tolist() for _ in range(count)]


def random(evaluator: Evaluator, node: tree.Random, scope: Scope) -> Vector:
    """`random.function(…)`."""
    parameters = vocabulary.RANDOM[node.function].parameters
    names = (*parameters[: len(node.args)], *(one.name for one in node.named))
    given = [evaluator.value(one, scope) for one in (*node.args, *(one.value for one in node.named))]
    ordered = dict(zip(names, given, strict=True))
    vectors = [ordered.get(name, Same(None)) for name in parameters]
    if node.function == "sample":
        return _sample(evaluator, node, scope, vectors)
    shares = draws_of(evaluator, scope, node.site, 2 if node.function == "gauss" else 1)
    return lift(_FUNCTIONS[node.function], [*shares, *vectors], scope.size)


def choice(share: float, items: Any) -> Any:
    """One of the items."""
    if not isinstance(items, str | list | tuple) or not items:
        raise CellFault
    return items[int(share * len(items))]


def _randint(share: float, a: Any, b: Any) -> int:
    low, high = _whole(a), _whole(b)
    if high < low:
        raise CellFault
    return low + min(int(share * (high - low + 1)), high - low)


def _randrange(share: float, start: Any, stop: Any, step: Any) -> int:
    values = range(_whole(start)) if stop is None else range(_whole(start), _whole(stop), 1 if step is None else _whole(step))
    if not values:
        raise CellFault
    return values[min(int(share * len(values)), len(values) - 1)]


def _uniform(share: float, a: Any, b: Any) -> float:
    return float(a + (b - a) * share)


def _gauss(share: float, angle: float, mu: Any, sigma: Any) -> float:
    """Box and Muller, 1958."""
    spread = math.sqrt(-2.0 * math.log(1.0 - share)) * math.cos(_TWO_PI * angle)
    return float((0.0 if mu is None else mu) + (1.0 if sigma is None else sigma) * spread)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise CellFault
    return int(value)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "random": lambda share: share,
    "randint": _randint,
    "randrange": _randrange,
    "uniform": _uniform,
    "gauss": _gauss,
    "choice": choice,
}


def _sample(evaluator: Evaluator, node: tree.Random, scope: Scope, vectors: list[Vector]) -> Vector:
    """`k` different items: the first steps of a Fisher-Yates shuffle."""
    shares = list(zip(*draws_of(evaluator, scope, node.site, _PER_ITEM), strict=True))

    def drawn(numbers: tuple[float, ...], population: Any, k: Any) -> list[Any]:
        items = list(population) if isinstance(population, str | list | tuple) else []
        if not 0 <= _whole(k) <= min(len(items), _PER_ITEM):
            raise CellFault
        check_items(len(items))
        for place in range(_whole(k)):
            other = place + int(numbers[place] * (len(items) - place))
            items[place], items[other] = items[other], items[place]
        return items[: _whole(k)]

    return lift(drawn, [shares, *vectors], scope.size)


def fake(evaluator: Evaluator, node: tree.Fake, scope: Scope) -> Vector:
    """`fake.provider(…)`: drawn by the cell, so that the same value gets the same fake wherever the provider is asked."""
    keys = scope.keys()
    named = tuple(one.name for one in node.named)
    given = [evaluator.value(one, scope) for one in (*node.args, *(one.value for one in node.named))]
    options = _options(evaluator, node, scope)
    count = len(node.args)
    if node.provider in EACH and not named and count == 1 and all(isinstance(one, Same) for one in options):
        patterned = _patterned(evaluator, node, scope, options, given[0])
        if patterned is not None:
            return patterned

    def call(arguments: tuple[Any, ...], places: Places | None) -> Vector:
        locale, seed, *rest = arguments
        maker = fakes_for(evaluator, locale, seed)
        chosen = keys if places is None else [keys[place] for place in places.tolist()]
        if evaluator.place.unique and not rest and has_unique(node.provider) and canonical(node.provider):
            return list(unique_fakes(maker, node.provider, chosen))
        keywords = dict(zip(named, rest[count:], strict=True))
        site, look = evaluator.place.sites.get(node.site, node.site), evaluator.tools.budget.meter()
        step, made = (_SIZED_AT_ONCE if node.provider in SIZED or SIZES & keywords.keys() else max(len(chosen), 1)), []
        for start in range(0, len(chosen), step):
            made += maker.call(node.provider, rest[:count], keywords, chosen[start : start + step], site, turn=scope.turn)
            look(made[start:])
        return made

    return _spread(by_argument((*options, *given), scope.size, call), scope.size)


def _patterned(evaluator: Evaluator, node: tree.Fake, scope: Scope, options: list[Vector], given: Vector) -> Vector | None:
    """Fakes by a pattern for each place, all at once; None where not every one is a text of an ordinary length."""
    patterns = None if isinstance(given, Same) else listed(given, scope.size)
    if patterns is None or not all(isinstance(pattern, str) and len(pattern) <= LONGEST for pattern in patterns):
        return None
    locale, seed = (one.value for one in options if isinstance(one, Same))
    site = evaluator.place.sites.get(node.site, node.site)
    return list(fakes_for(evaluator, locale, seed).patterned(node.provider, patterns, scope.keys(), site, scope.turn))


def persona(evaluator: Evaluator, node: tree.Persona, scope: Scope) -> Vector:
    """`fake.persona(…)`: mappings of first_name, last_name, email and gender of one person for each place."""
    named = {one.name: evaluator.value(one.value, scope) for one in node.named}
    row_index = named.pop("row_index", None)
    keys = scope.keys() if row_index is None else [f"row {text_of(value)}" for value in listed(row_index, scope.size)]
    names = tuple(named)

    def call(arguments: tuple[Any, ...], places: Places | None) -> Vector:
        locale, seed, *rest = arguments
        chosen = keys if places is None else [keys[place] for place in places.tolist()]
        made = fakes_for(evaluator, locale, seed).persona(chosen, turn=scope.turn, **dict(zip(names, rest, strict=True)))
        rows = zip(made.first_name, made.last_name, made.email, made.gender, strict=True)
        return [{"first_name": first, "last_name": last, "email": email, "gender": gender} for first, last, email, gender in rows]

    return by_argument((*_options(evaluator, node, scope), *named.values()), scope.size, call)


def fakes_for(evaluator: Evaluator, locale: Any, seed: Any) -> Fakes:
    """The maker of fakes for `fake(locale, seed=…)`. Raises CellFault for a locale that is no text or list of texts."""
    if locale is None:
        return evaluator.tools.fakes(None, seed)
    locales = (locale,) if isinstance(locale, str) else tuple(locale)
    if not all(isinstance(one, str) for one in locales):
        raise CellFault
    return evaluator.tools.fakes(locales, seed)


def _options(evaluator: Evaluator, node: tree.Fake | tree.Persona, scope: Scope) -> list[Vector]:
    return [Same(None) if one is None else evaluator.value(one, scope) for one in (node.locale, node.seed)]


def _spread(vector: Vector, size: int) -> Vector:
    return [vector.value] * size if isinstance(vector, Same) else vector
