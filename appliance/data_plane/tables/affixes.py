"""What stands around the digits of a number in text: a currency or percent sign, and how a number below zero is told."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_HEAD = 1_000
_AROUND = (
    r"^(?P<before>[-−(]?)(?P<prefix>(?:[ ]|[$€£¥₩₹] ?)?)(?P<inside>[-−(]?)"
    r"(?P<number>[0-9.,](?:[0-9.,'’ \x{00a0}\x{202f}]*[0-9])?(?:[eE][-+]?[0-9]+)?\.?)"
    r"(?P<within>[-)]?)(?P<suffix>(?: ?[%€$£¥₩₹円元원]|[ ])?)(?P<after>[-)]?)$"
)
_SIGNED = r"^.{0,2}[-−(]|[-)].{0,2}$"
_SIGNS = frozenset({("-", ""), ("−", ""), ("(", ")"), ("", "-")})


class Affixes(msgspec.Struct, frozen=True):
    """`prefix` and `suffix` of every number; `negative`: see `ColumnFormat`."""

    prefix: str = ""
    suffix: str = ""
    negative: str = ""

    @property
    def ends(self) -> tuple[str, str]:
        """What stands before and after the digits of a number below zero."""
        left, _, right = (self.negative or "p-#s").partition("#")
        return left.replace("p", self.prefix), right.replace("s", self.suffix)


def sniff_affixes(texts: pa.Array) -> Affixes:
    """What stands around all numbers; nothing where the texts differ in it or one of the first is no number at all."""
    head = pc.extract_regex(texts.slice(0, _HEAD), _AROUND)
    if head.null_count:
        return Affixes()
    prefixes, suffixes = (pc.unique(pc.struct_field(head, name)).to_pylist() for name in ("prefix", "suffix"))
    if len(prefixes) != 1 or len(suffixes) != 1:
        return Affixes()
    signed = texts.slice(0, _HEAD).filter(pc.match_substring_regex(texts.slice(0, _HEAD), _SIGNED))
    if not len(signed) and len(texts) > _HEAD:
        signed = texts.filter(pc.match_substring_regex(texts, _SIGNED)).slice(0, _HEAD)
    found = {_negative(match) for match in pc.extract_regex(signed, _AROUND).to_pylist()} - {""}
    return Affixes(prefixes[0], suffixes[0], _shortened(found.pop()) if len(found) == 1 else "")


def usual_affixes(texts: pa.Array) -> Affixes:
    """What stands around most of those texts that look like numbers."""
    found = pc.drop_null(pc.extract_regex(texts.slice(0, _HEAD), _AROUND)).to_pylist()
    around = Counter((match["prefix"], match["suffix"]) for match in found).most_common(1)
    signs = Counter(_negative(match) for match in found if _negative(match)).most_common(1)
    prefix, suffix = around[0][0] if around else ("", "")
    return Affixes(prefix, suffix, _shortened(signs[0][0]) if signs else "")


def _negative(match: dict[str, str] | None) -> str:
    """How this number is told to be below zero; empty when it is not, or in no way that is known."""
    if match is None:
        return ""
    before, inside, within, after = match["before"], match["inside"], match["within"], match["after"]
    if (before + inside, within + after) not in _SIGNS:
        return ""
    left = f"{before}p{inside}" if match["prefix"] else f"p{before}{inside}"
    return left + "#" + (f"{within}s{after}" if match["suffix"] else f"s{within}{after}")


def _shortened(negative: str) -> str:
    return "" if negative == "p-#s" else negative


def undressed(texts: pa.Array, affixes: Affixes) -> pa.Array:
    """The bare numbers, with a minus where they are below zero; a text that is dressed differently becomes no number at all."""
    prefix, suffix = affixes.prefix, affixes.suffix
    if affixes.negative:
        left, right = (re.escape(end) for end in affixes.ends)
        plain = pc.replace_substring_regex(texts, f"^{left}([0-9.,].*){right}$", rf"{prefix}-\1{suffix}")
        texts = pc.if_else(pc.starts_with(texts, prefix + "-"), "x", plain)
    if not prefix and not suffix:
        return texts
    wearing = pc.and_(pc.starts_with(texts, prefix), pc.ends_with(texts, suffix))
    bare = pc.utf8_slice_codeunits(texts, len(prefix), -len(suffix) if suffix else None)
    return pc.if_else(wearing, bare, "x")


def dressed(texts: pa.Array, affixes: Affixes) -> pa.Array:
    """Bare numbers with what stands around them in the column."""
    prefix, suffix = affixes.prefix, affixes.suffix
    plain = pc.binary_join_element_wise(prefix, texts, suffix, "") if prefix or suffix else texts
    if not affixes.negative:
        return plain
    left, right = affixes.ends
    below = pc.binary_join_element_wise(left, pc.utf8_slice_codeunits(texts, 1), right, "")
    return pc.if_else(pc.starts_with(texts, "-"), below, plain)
