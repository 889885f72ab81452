"""From text to tokens, each with its place. The lexical rules are those of Jinja expressions."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

MAX_BYTES = 8192
"""Of one expression, as UTF-8."""
MAX_DIGITS = 19
"""Of a whole number."""

Kind = Literal["text", "number", "word", "sign", "end"]


class ExpressionFault(Exception):
    """An expression cannot be accepted: `message`, a sentence, and `offset`, characters from the start of the expression."""

    def __init__(self, message: str, offset: int) -> None:
        self.message, self.offset = message, offset
        super().__init__(message)


class Token(msgspec.Struct, frozen=True):
    """`value`: of a text what it says, of a number the number, of words and signs themselves."""

    kind: Kind
    value: str | int | float
    offset: int


_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<real>(?<![.\w])\d[\d_]*(?:\.\d[\d_]*(?:[eE][+-]?\d+)?|[eE][+-]?\d+))
    | (?P<whole>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>\{\{|\}\}|\{%|%\}|\{\#|\#\}|\*\*|//|==|!=|<=|>=|[-+*/%~()\[\]{}<>=.:|,])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\n": ""}
_STATEMENT_SIGNS = frozenset({"{{", "}}", "{%", "%}", "{#", "#}"})


def tokenise(text: str) -> list[Token]:
    """The tokens of `text`, an end token last. Raises ExpressionFault where something is no token."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ExpressionFault(f"An expression may be at most {MAX_BYTES:,} bytes long", MAX_BYTES)
    if "\0" in text:
        raise ExpressionFault("An expression holds no null characters", text.index("\0"))
    tokens: list[Token] = []
    place, depth = 0, 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _no_token(text, place)
        if match.lastgroup != "space":
            token = _token(match)
            found = _split_braces(token, depth)
            depth += sum(_BRACES.get(str(one.value), 0) for one in found if one.kind == "sign")
            tokens.extend(found)
        place = match.end()
    return [*tokens, Token("end", "", len(text))]


_BRACES = {"{": 1, "}": -1}


def _split_braces(token: Token, depth: int) -> list[Token]:
    """`}}` closes two objects where that many are open; everywhere else it belongs to a template, as `{{` always does."""
    if token.kind != "sign" or token.value not in _STATEMENT_SIGNS:
        return [token]
    if token.value == "}}" and depth >= 2:
        return [Token("sign", "}", token.offset), Token("sign", "}", token.offset + 1)]
    raise ExpressionFault(
        f"Here stands one expression, no template: '{token.value}' is not accepted; join texts and values with ~ instead", token.offset
    )


def _token(match: re.Match[str]) -> Token:
    raw, place = match[0], match.start()
    if match.lastgroup == "text":
        return Token("text", unescaped(raw[1:-1], place + 1), place)
    if match.lastgroup in ("real", "whole"):
        return Token("number", _number(raw, place, real=match.lastgroup == "real"), place)
    return Token("word" if match.lastgroup == "word" else "sign", raw, place)


def _number(raw: str, place: int, *, real: bool) -> int | float:
    try:
        value = float(raw) if real else int(raw, 0 if raw[:2].lower() in ("0x", "0o", "0b") else 10)
    except ValueError:
        raise ExpressionFault("This is no number", place) from None
    if value - value != 0 or len(str(value)) > MAX_DIGITS + 8 or (isinstance(value, int) and value >= 10**MAX_DIGITS):
        raise ExpressionFault(f"A number may have at most {MAX_DIGITS} digits", place)
    return value


def unescaped(raw: str, place: int) -> str:
    """What stands between the quotes, with escapes read as Python reads them; one that is none stays as it is (`\\d`)."""

    def read(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        number = int(code, 16) if code else int(match[4], 8) if match[4] else -1
        if number >= 0:
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or number == 0:
                raise ExpressionFault("This escape stands for no character", place + match.start())
            return chr(number)
        return _SIMPLE.get(match[5], match[0])

    return _ESCAPE.sub(read, raw) if "\\" in raw else raw


def _no_token(text: str, place: int) -> ExpressionFault:
    if text[place] in "'\"":
        return ExpressionFault(f"The text that begins with {text[place]} has no end", place)
    return ExpressionFault(f"The character {text[place]!r} means nothing here; a text stands in quotes", place)
