"""The language of transform expressions: text in, a tree of frozen Structs out. Nothing here evaluates anything."""

from __future__ import annotations

from appliance.configurations.expression.names import CELL, COLUMN, CONDITION, ROW, VARIABLE, Names
from appliance.configurations.expression.parser import parse_expression, parse_value
from appliance.configurations.expression.tokens import ExpressionFault
from appliance.configurations.expression.usage import Usage, names_used

__all__ = [
    "CELL",
    "COLUMN",
    "CONDITION",
    "ROW",
    "VARIABLE",
    "ExpressionFault",
    "Names",
    "Usage",
    "names_used",
    "parse_expression",
    "parse_value",
]
