"""Small transforms for tests: a configuration's steps run over a file, with a fixed key and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.configurations.configuration import normalise
from appliance.data_plane.tables.sniff import sniff
from appliance.data_plane.transform.account import TransformAccount
from appliance.data_plane.transform.passage import Batching, Passage
from appliance.data_plane.transform.plan import TransformPlan, make_plan
from appliance.data_plane.transform.stream import transform_file
from appliance.data_plane.transform.values.keys import ValueKey

KEY = ValueKey(bytes(range(32)))

PEOPLE = '''id,first,last,email,born,city,age,score,note
1,Ada,Lovelace,ada@corp.test,1815-12-10,London,36,1.50,"first, of all"
2,Alan,Turing,alan@corp.test,1912-06-23,London,41,2.25,plain
3,Grace,Hopper,grace@corp.test,1906-12-09,New York,85,3.00,"said ""hi"""
4,Ada,Byron,,1815-12-10,London,36,4.75,
5,Edsger,Dijkstra,ed@corp.test,1930-05-11,Rotterdam,72,5.50,x
'''
ENTITIES = {"first": "first_name", "last": "last_name", "email": "email", "city": "city"}


def plan_of(
    path: Path,
    steps: list[dict[str, Any]],
    shared: dict[str, Any] | None = None,
    own: dict[str, Any] | None = None,
    entities: dict[str, str] = ENTITIES,
    types: dict[str, str] | None = None,
) -> TransformPlan:
    """The plan of a configuration with these steps, globals (`shared`) and `appliance` keys (`own`)."""
    section = {"data_source": "_", "globals": shared or {}, "steps": steps, "appliance": own or {}}
    configuration = normalise({"schema_version": "1.0", "models": [{"transform_v2": section}]})
    return make_plan(configuration.section, sniff(path), entities, types)


def run_plan(
    plan: TransformPlan,
    source: Path,
    sink: Path,
    *,
    batching: Batching | None = None,
    key: ValueKey = KEY,
    spans: Callable[[list[str]], Sequence[Any]] | None = None,
    monotonic: Callable[[], float] = lambda: 0.0,
) -> TransformAccount:
    """Run a plan from file to file."""
    return transform_file(plan, Passage(source, sink, key, monotonic, spans=spans, batching=batching or Batching()))


def update(*rules: dict[str, Any]) -> list[dict[str, Any]]:
    """One step of rules that update cells."""
    return [{"rows": {"update": list(rules)}}]


class Transformed:
    """What came of a transform of a CSV text: `account`, and the output as text, header and rows."""

    def __init__(self, text: str, account: TransformAccount) -> None:
        self.text = text
        self.account = account
        lines = text.splitlines()
        self.header = lines[0].split(",")
        self.rows = [line.split(",") for line in lines[1:]]

    def column(self, name: str) -> list[str]:
        """The cells of a column, for tables without commas in cells."""
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def transformed(folder: Path, text: str, steps: list[dict[str, Any]], **options: Any) -> Transformed:
    """A CSV text transformed; options of `plan_of` and `run_plan`."""
    source, sink = folder / "in.csv", folder / "out.csv"
    source.write_text(text, newline="")
    running = {name: options.pop(name) for name in ("batching", "key", "spans", "monotonic") if name in options}
    account = run_plan(plan_of(source, steps, **options), source, sink, **running)
    return Transformed(sink.read_bytes().decode(), account)
