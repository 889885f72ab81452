"""The trained model of sequences: tree models of first rows, of steps, of keys, and the filters over whole rows and whole sequences."""

from __future__ import annotations

from pathlib import Path

import msgspec

from appliance.data_plane.synthesis.filters import Marks
from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.sequences.layout import Layout
from appliance.data_plane.synthesis.tree_model import Sampled, TreeModel
from appliance.data_plane.tables.schema import Table, TableSchema


class SequenceModel(msgspec.Struct, frozen=True):
    """`keys` makes keys; `firsts` first rows with the length of their sequence; `moves` how far the order column goes on; `steps` the other
    event columns of a row from what was before it; `rows` knows unique training rows and makes nothing; `labels` and `group_labels` make
    other identifiers, one for every row or sequence; `texts` makes the free text of a row from its other columns. `whole`: marks of unique
    training sequences."""

    layout: Layout
    keys: TreeModel
    firsts: TreeModel
    rows: TreeModel
    moves: TreeModel | None
    steps: TreeModel | None
    labels: TreeModel | None
    group_labels: TreeModel | None
    texts: TreeModel | None
    whole: Marks
    trained_rows: int
    trained_groups: int
    notes: tuple[Note, ...] = ()
    engine: str = "sequential_tree over sequences"

    @property
    def schema(self) -> TableSchema:
        """The columns of the training table."""
        return self.layout.schema

    @property
    def seedable(self) -> tuple[str, ...]:
        """The columns that a seed row may hold: the key and what does not change in a sequence."""
        return self.layout.seedable

    @property
    def mechanism(self) -> tuple[tuple[str, str], ...]:
        """What protects the training rows, by name."""
        return (
            ("unit of protection", "sequence"),
            ("keys", "made anew"),
            ("exact copies of unique training rows and sequences", "never leave"),
            ("differential privacy", "none"),
        )

    def sample(self, n: int, seed: int, *, conditions: Table | None = None, temperature: float = 1.0) -> Table:
        """Whole sequences until there are at least `n` rows, or one sequence for every row of `conditions` (then `n` does not count)."""
        return self.sample_records(n, seed, conditions=conditions, temperature=temperature).table

    def sample_records(
        self,
        n: int,
        seed: int,
        *,
        conditions: Table | None = None,
        temperature: float = 1.0,
        outliers: str | None = None,
        similarity: str | None = None,
    ) -> Sampled:
        """Like `sample`, with the privacy filters (`medium`, `high`, `auto` or None) and an account of what happened.

        `n` counts rows: the sequence that reaches it is kept whole, so that up to one sequence more may come back. `outliers` drops the
        least likely sequences; `similarity` rows that, with numbers taken coarsely, equal a unique training row. Rows of `conditions` hold
        the key or columns that do not change in a sequence. Raises DataRefused for other columns, JobFailed when nothing may leave."""
        from appliance.data_plane.synthesis.sampling import Request
        from appliance.data_plane.synthesis.sequences.making import complete_sequences, make_sequences

        request = Request(seed=seed, temperature=temperature, outliers=outliers, similarity=similarity)
        return make_sequences(self, n, request) if conditions is None else complete_sequences(self, conditions, request)

    def save(self, path: Path) -> None:
        """Writes the model file. Same model, same bytes."""
        from appliance.data_plane.synthesis.sequences.sequence_file import write_sequences

        write_sequences(self, path)

    @classmethod
    def load(cls, path: Path) -> SequenceModel:
        """Reads a model file. Raises DataRefused when it is damaged, hostile or of another version; nothing in it is ever executed."""
        from appliance.data_plane.synthesis.sequences.sequence_file import read_sequences

        return read_sequences(path)
