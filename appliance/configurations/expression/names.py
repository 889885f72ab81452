"""What an expression sees, which depends on where it stands."""

from __future__ import annotations

import msgspec

_TOOLS = frozenset({"vars", "globals", "fake", "random", "re", "timedelta"})


class Names(msgspec.Struct, frozen=True):
    """`known`: the names in scope. `variables`: those that `vars` holds here; None: not checked.

    `bare`: whether a whole expression that is one unknown word stands for itself (`value: REDACTED`)."""

    known: frozenset[str]
    variables: frozenset[str] | None = None
    bare: bool = True

    def having(self, *, variables: frozenset[str] | None = None, items: bool = False) -> Names:
        """The same scope with these variables, and inside a `foreach` with its item and items."""
        return Names(self.known | ({"item", "items"} if items else set()), variables, self.bare)


VARIABLE = Names(_TOOLS | {"data"})
"""In `vars` of a step."""
COLUMN = Names(_TOOLS | {"column"}, bare=False)
"""In the condition of a rule for columns."""
ROW = Names(_TOOLS | {"row", "index"}, bare=False)
"""In the condition of a rule that drops rows."""
CELL = Names(_TOOLS | {"row", "index", "column", "this"})
"""In the value, fallback and foreach of a rule that updates cells."""
CONDITION = Names(CELL.known, bare=False)
"""In the condition of a rule that updates cells."""
