"""What an expression depends on: whoever evaluates it folds what is constant and evaluates each distinct input once."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from appliance.configurations.expression.tree import (
    ColumnProperty,
    Constant,
    Data,
    Expression,
    Fake,
    Filter,
    Item,
    Name,
    Persona,
    Random,
    children,
)

_FRESH_FILTERS = frozenset({"random"})


class Usage(msgspec.Struct, frozen=True):
    """`columns`: the row's columns that are read by a constant name; `whole_row`: others may be read too (`row[x]`, `row | hash`).

    `properties`: of `column`. `variables`: of `vars`, by constant name; `all_variables`: any. `globals`: reads globals. `data`: columns
    that are read whole, by constant name. `draws`: places that draw anew for each row (`random.*`, `| random`). `fakes`: places that make
    fakes."""

    this: bool = False
    index: bool = False
    item: bool = False
    whole_row: bool = False
    columns: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    all_variables: bool = False
    globals: bool = False
    data: tuple[str, ...] = ()
    draws: tuple[int, ...] = ()
    fakes: tuple[int, ...] = ()

    @property
    def per_column(self) -> bool:
        """Whether the value is the same for all cells of a column."""
        return not (self.this or self.index or self.item or self.whole_row or self.columns or self.draws or self.fakes)

    @property
    def constant(self) -> bool:
        """Whether the value is the same everywhere, the variables being given."""
        return self.per_column and not self.properties


def names_used(tree: Expression) -> Usage:
    """What `tree` depends on. Texts in the answer are sorted and appear once."""
    found: dict[str, set[str]] = {key: set() for key in ("names", "columns", "properties", "variables", "data")}
    draws: list[int] = []
    fakes: list[int] = []
    for node in nodes(tree):
        _note(node, found)
        if isinstance(node, Random) or (isinstance(node, Filter) and node.name in _FRESH_FILTERS):
            draws.append(node.site)
        elif isinstance(node, Fake | Persona) or (isinstance(node, Filter) and node.name == "fake"):
            fakes.append(node.site)
    names = found["names"]
    return Usage(
        this="this" in names,
        index="index" in names,
        item=bool(names & {"item", "items"}),
        whole_row="row" in names,
        columns=tuple(sorted(found["columns"])),
        properties=tuple(sorted(found["properties"])),
        variables=tuple(sorted(found["variables"])),
        all_variables="vars" in names,
        globals="globals" in names,
        data=tuple(sorted(found["data"])),
        draws=tuple(sorted(draws)),
        fakes=tuple(sorted(fakes)),
    )


def nodes(tree: Expression) -> Iterator[Expression]:
    """Every node of a tree; of `row.key` and `vars.key` the Item stands for its Name too."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(() if _constant_item(node) else children(node))


def _constant_item(node: Expression) -> str | None:
    """`row` or `vars` where the node reads a constant key of it."""
    if isinstance(node, Item) and isinstance(node.of, Name) and node.of.name in ("row", "vars") and isinstance(node.key, Constant):
        return node.of.name if isinstance(node.key.value, str) else None
    return None


def _note(node: Expression, found: dict[str, set[str]]) -> None:
    place = _constant_item(node)
    if place is not None and isinstance(node, Item) and isinstance(node.key, Constant):
        found["columns" if place == "row" else "variables"].add(str(node.key.value))
    elif isinstance(node, Name):
        found["names"].add(node.name)
    elif isinstance(node, ColumnProperty):
        found["properties"].add(node.name)
    elif isinstance(node, Data) and isinstance(node.column, Constant):
        found["data"].add(str(node.column.value))
