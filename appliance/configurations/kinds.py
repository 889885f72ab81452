"""The kinds of leaves that configurations are made of. Each carries its range; `walk.describe` turns it into words."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

Auto = Literal["auto"]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Natural = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Rows = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
ShareBelowOne = Annotated[float, Meta(ge=0, lt=1)]
Probability = Annotated[float, Meta(gt=0, le=1)]
Rate = Annotated[float, Meta(gt=0, lt=1)]
Seed = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Text = Annotated[str, Meta(min_length=1, max_length=4096)]
Column = Annotated[str, Meta(max_length=4096)]
FilterLevel = Literal["medium", "high", "auto"]
LayerSizes = Annotated[list[Count], Meta(min_length=1, max_length=32)]
FileFormat = Literal["csv", "json", "jsonl", "parquet"]
"""Of a generated file; csv keeps the delimiter and the encoding of an input that was CSV."""
PassedFormat = Literal["csv", "json", "jsonl", "parquet", "text"]
"""Of a file that went through a job; text only of one that was plain text."""
