"""What a section of a configuration is, and the sections that several model types share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from appliance.configurations.kinds import Column, Count, FileFormat, FilterLevel, Natural, Positive, Rows, Seed, Share, Text


class Section(msgspec.Struct, frozen=True):
    """A group of keys. `used`: the keys that have an effect here; the other ones are accepted, kept and named as having none.

    A null stands for the default wherever null is not a value of its own."""

    used: ClassVar[frozenset[str]] = frozenset()


class Generate(Section, frozen=True):
    """How many records to sample after training. `max_invalid`: so many refused records end the job."""

    used: ClassVar[frozenset[str]] = frozenset({"num_records", "max_invalid"})
    num_records: Rows = 5000
    max_invalid: Natural | None = None


class PrivacyFilters(Section, frozen=True):
    """Filters over generated records; null switches one off, `auto` is `medium`. `outliers` drops the least likely records: one in a
    hundred at `medium`, five at `high`. `similarity` drops records that equal a training row that stands alone in every category and in
    every number, cut into 64 stretches (`high`: 16). Exact copies of such rows never leave, whatever is set. `max_iterations`: rounds in
    which refused records are drawn again."""

    used: ClassVar[frozenset[str]] = frozenset({"outliers", "similarity", "max_iterations"})
    outliers: FilterLevel | None = "medium"
    similarity: FilterLevel | None = "medium"
    max_iterations: Count = 10


class LstmPrivacyFilters(PrivacyFilters, frozen=True):
    """The last templates of `synthetics` left the level to the engine."""

    outliers: FilterLevel | None = "auto"
    similarity: FilterLevel | None = "auto"


class Evaluate(Section, frozen=True):
    """`skip` leaves the report's scores out; the other keys describe a downstream machine learning task."""

    used: ClassVar[frozenset[str]] = frozenset({"skip", "task", "target", "holdout", "metric", "models"})
    skip: bool = False
    task: Literal["classification", "regression"] | dict[str, Any] | None = None
    target: Column | None = None
    holdout: Share | None = None
    metric: Text | None = None
    models: list[Text] | None = None


class Validators(Section, frozen=True):
    """Checks that older engines applied to each generated field."""

    in_set_count: Natural = 10
    pattern_count: Natural = 10
    use_numeric_iqr: bool = True


class Appliance(Section, frozen=True):
    """The appliance's own keys, the only ones that the configurations of others do not have.

    engine: name of the generative engine. seed: makes the job repeatable. target: the column that matters most, or `{column, shares}`: the
    shares that its values shall have in the records made, `{yes: 0.5, no: 0.5}`; values without a share take what is left to 1 as they
    stand in the training data. seed_columns: trained first, for conditional generation. drop_columns: left out of training.
    bounds: `{column: [low, high]}`, dates as ISO text; rows outside count as the nearest bound, nothing outside is made.
    categories: `{column: [value, …]}`, all that may be made; as they are public, few rows need hold one. constraints: what holds in every
    record, a list of objects with a `type`: combinations, inequality, range, sum, equal, unique (see `constraints.py`).
    temperature: above 1 more variety, below 1 less. max_duration: seconds, or text such as `30 m`.
    memory: bytes, or text such as `4 GiB`. format: of the generated file; null: CSV, which every client reads."""

    used: ClassVar[frozenset[str]] = frozenset(
        {"engine", "seed", "target", "constraints", "bounds", "categories", "seed_columns", "drop_columns", "temperature"}
        | {"max_duration", "memory", "format"}
    )
    engine: Text = "tree"
    seed: Seed | None = None
    target: Column | dict[str, Any] | None = None
    constraints: list[Any] = []
    bounds: dict[str, Any] = {}
    categories: dict[str, Any] = {}
    seed_columns: list[Column] = []
    drop_columns: list[Column] = []
    temperature: Positive = 1.0
    max_duration: Positive | Text | None = None
    memory: int | Text | None = None
    format: FileFormat | None = None


class RunAppliance(Section, frozen=True):
    """The appliance's own keys of a run. Null: as the model was configured."""

    used: ClassVar[frozenset[str]] = frozenset({"seed", "target", "temperature", "max_duration", "memory", "format"})
    seed: Seed | None = None
    target: Column | dict[str, Any] | None = None
    temperature: Positive | None = None
    max_duration: Positive | Text | None = None
    memory: int | Text | None = None
    format: FileFormat | None = None


class StopParams(Section, frozen=True):
    """When a language model gives up generating."""

    patience: Natural = 3
    invalid_fraction_threshold: Share = 0.8
