"""What an expression sees: the cell, its row, the row's number, at many places at once; each is fetched when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable

from appliance.data_plane.transform.evaluation.vectors import UNDEFINED, Part, Same, Vector, picked, texts_of

Fetch = Callable[[], Vector]


class Scope:
    """`size` places. `this`: the cells. `row`: by name of a column, the cells beside them. `index`: numbers of the rows, from 0.

    `turn` counts redraws: draws of another turn are others. `item` and `items` stand inside a `foreach`; `key` is what draws hang on, where
    that is not the cell."""

    def __init__(
        self,
        size: int,
        *,
        this: Fetch = lambda: Same(None),
        row: dict[str, Fetch] | None = None,
        index: Fetch = lambda: Same(0),
        item: Fetch | None = None,
        items: Fetch | None = None,
        key: Fetch | None = None,
        turn: int = 0,
    ) -> None:
        self.size = size
        self.turn = turn
        self._fetch: dict[str, Fetch | None] = {"this": this, "index": index, "item": item, "items": items, "key": key or this}
        self._row = row or {}
        self._held: dict[str, Vector] = {}
        self._cells: dict[str, Vector] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the row's columns."""
        return tuple(self._row)

    def named(self, name: str) -> Vector:
        """`this`, `index`, `item` or `items`."""
        if name not in self._held:
            fetch = self._fetch[name]
            self._held[name] = Same(UNDEFINED) if fetch is None else fetch()
        return self._held[name]

    def cell(self, name: str) -> Vector:
        """The row's cell in a column; undefined where the table has no such column."""
        if name not in self._cells:
            fetch = self._row.get(name)
            self._cells[name] = Same(UNDEFINED) if fetch is None else fetch()
        return self._cells[name]

    def keys(self) -> list[str]:
        """What draws hang on: the cell's text, or the row's number where the cell is missing."""
        index = texts_of(self.named("index"), self.size)
        texts = texts_of(self.named("key"), self.size)
        return [text if isinstance(text, str) else f"row {number}" for text, number in zip(texts, index, strict=True)]

    def part(self, places: Part) -> Scope:
        """The scope at some of its places."""
        size = len(range(self.size)[places]) if isinstance(places, slice) else len(places)
        return self._derived(size, lambda fetch: lambda: picked(fetch(), places), self.turn)

    def again(self) -> Scope:
        """The same places at the next turn of draws."""
        return self._derived(self.size, lambda fetch: fetch, self.turn + 1)

    def inside(self, item: Vector, items: Vector) -> Scope:
        """The same places with an item of a list."""
        scope = self._derived(self.size, lambda fetch: fetch, self.turn)
        scope._fetch["item"], scope._fetch["items"] = (lambda: item), (lambda: items)
        return scope

    def holding(self, this: Vector) -> Scope:
        """The same places with other cells; draws go on to hang on the cells before."""
        scope = self._derived(self.size, lambda fetch: fetch, self.turn)
        scope._held["this"] = this
        scope._fetch["key"] = lambda: self.named("key")
        return scope

    def _derived(self, size: int, change: Callable[[Fetch], Fetch], turn: int) -> Scope:
        row = {name: change(lambda name=name: self.cell(name)) for name in self._row}  # type: ignore[misc]
        fetched = {
            name: None if fetch is None else change(lambda name=name: self.named(name))  # type: ignore[misc]
            for name, fetch in self._fetch.items()
        }
        this, index = fetched["this"], fetched["index"]
        assert this is not None
        assert index is not None
        return Scope(size, this=this, row=row, index=index, item=fetched["item"], items=fetched["items"], key=fetched["key"], turn=turn)
