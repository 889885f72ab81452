"""`label_predictors`: a user's own labels, found by patterns or by lists of words. Read by `classify` and `transforms`.

    label_predictors:
      namespace: acme
      field_label_threshold: 0.9
      regex:
        user_id: {patterns: [{score: high, regex: "user_[\\d]{5}"}]}
      phrases:
        project: [apollo, gemini]

Patterns are RE2's: no look-around, no references back, at most 1,000 repeats; they take time that grows with the text and no faster.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from appliance.configurations.document import Loc
from appliance.configurations.walk import Walk

SCORES = {"high": 0.8, "med": 0.5, "low": 0.2}
"""What the words for a score stand for."""
DEFAULT_THRESHOLD = 0.9
MODEL_TYPES = frozenset({"classify", "transforms"})
"""Types that look for a user's own labels; for others the section is known and has no effect."""

_KEYS = ("namespace", "field_label_threshold", "regex", "phrases")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_NAME_RULE = "begins with a letter and goes on with letters, digits, dots, dashes and underscores, 64 characters at most"
_MOST_LABELS, _MOST_PATTERNS, _MOST_PHRASES = 200, 50, 100_000
_LONGEST_PATTERN, _LONGEST_PHRASE = 4_096, 200
_PATTERN_MEMORY = 1 << 20
"""Bytes that RE2 may take for one pattern."""
_MOST_PROGRAM, _MOST_REFUSED = 500_000, 20
"""Instructions of all patterns together, and refusals after which no more are looked at: the server compiles them one after another."""


class OwnPattern(msgspec.Struct, frozen=True):
    """A pattern of RE2 that finds `label` (`acme/user_id`) with a score of 0 to 1."""

    label: str
    regex: str
    score: float


class OwnPhrases(msgspec.Struct, frozen=True):
    """Words and phrases that stand for `label` wherever they are met as whole words. Case counts only where it was said to."""

    label: str
    phrases: tuple[str, ...]
    score: float
    case_sensitive: bool = False


class LabelPredictors(msgspec.Struct, frozen=True):
    """A user's own labels. `threshold`: the share of a column's cells that must carry a label for the column to have it."""

    threshold: float = DEFAULT_THRESHOLD
    patterns: tuple[OwnPattern, ...] = ()
    phrases: tuple[OwnPhrases, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label of the user's own, with its namespace, in the order in which they are given."""
        return tuple(dict.fromkeys([*(found.label for found in self.patterns), *(found.label for found in self.phrases)]))


def predictors_of(document: dict[str, Any]) -> LabelPredictors:
    """The predictors of a normalised configuration; without any those that find nothing."""
    given = document.get("label_predictors")
    if not given or next(iter(document["models"][0])) not in MODEL_TYPES:
        return LabelPredictors()
    space = given["namespace"]
    patterns = [
        OwnPattern(f"{space}/{name}", entry["regex"], _number(entry["score"]))
        for name, found in given["regex"].items()
        for entry in found["patterns"]
    ]
    phrases = [
        OwnPhrases(f"{space}/{name}", tuple(found["phrases"]), _number(found["score"]), found["case_sensitive"])
        for name, found in given["phrases"].items()
    ]
    return LabelPredictors(float(given["field_label_threshold"]), tuple(patterns), tuple(phrases))


def read_label_predictors(walk: Walk, model_type: str | None, given: Any) -> Any:
    """The section with its defaults filled in; as it was given where the model type does not use it. Faults go into `walk`."""
    if given is None or model_type not in MODEL_TYPES:
        return given
    loc: Loc = ("label_predictors",)
    if not isinstance(given, dict):
        walk.fault(loc, "label_predictors must be an object with keys such as namespace, regex and phrases.")
        return None
    walk.unknown(given, _KEYS, loc)
    reader = _Reader(walk)
    regex = reader.group(given.get("regex"), (*loc, "regex"), reader.patterns)
    phrases = reader.group(given.get("phrases"), (*loc, "phrases"), reader.phrases)
    return {
        "namespace": _namespace(walk, given.get("namespace"), (*loc, "namespace"), needed=bool(regex or phrases)),
        "field_label_threshold": _threshold(walk, given.get("field_label_threshold"), (*loc, "field_label_threshold")),
        "regex": regex,
        "phrases": phrases,
    }


def own_labels(section: Any) -> tuple[str, ...]:
    """The labels that a section (as `read_label_predictors` gives it back) defines, with their namespace."""
    if not isinstance(section, dict) or not section.get("namespace"):
        return ()
    return tuple(f"{section['namespace']}/{name}" for name in {**(section.get("regex") or {}), **(section.get("phrases") or {})})


class _Reader:
    """Reads labels with their patterns or phrases."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._program = 0
        self._refused = 0

    def group(self, given: Any, loc: Loc, read: Any) -> dict[str, Any]:
        """An object of labels, each read by `read`."""
        if given is None:
            return {}
        if not isinstance(given, dict) or len(given) > _MOST_LABELS:
            self._walk.fault(loc, f"{loc[-1]} must be an object with a key for each label, {_MOST_LABELS} at most.")
            return {}
        for name in given:
            if not _NAME.fullmatch(name):
                self._walk.fault((*loc, name[:64]), f"The name of a label {_NAME_RULE}.")
        return {name: read(item, (*loc, name[:64])) for name, item in given.items()}

    def patterns(self, given: Any, loc: Loc) -> dict[str, Any]:
        """The patterns of one label: `{patterns: [{regex, score}]}`; a list, or a text alone, stands for its patterns."""
        found = given.get("patterns") if isinstance(given, dict) else given
        if isinstance(given, dict):
            self._walk.unknown(given, ("patterns",), loc)
            loc = (*loc, "patterns")
        found = [found] if isinstance(found, (str, dict)) else found
        if not isinstance(found, list) or not found or len(found) > _MOST_PATTERNS:
            self._walk.fault(loc, f"A label needs a list of 1 to {_MOST_PATTERNS} patterns, each an object with the key regex.")
            return {"patterns": []}
        return {"patterns": [self._pattern(item, (*loc, place)) for place, item in enumerate(found)]}

    def _pattern(self, given: Any, loc: Loc) -> dict[str, Any]:
        item = {"regex": given} if isinstance(given, str) else given
        if not isinstance(item, dict) or not isinstance(item.get("regex"), str) or not item["regex"]:
            self._walk.fault(loc, "A pattern must be an object with the keys regex, a text, and score.")
            return {"score": "high", "regex": ""}
        self._walk.unknown(item, ("regex", "score"), loc)
        if self._refused < _MOST_REFUSED and self._program <= _MOST_PROGRAM:
            self._check(item["regex"], (*loc, "regex"))
        return {"score": self._score(item.get("score"), (*loc, "score")), "regex": item["regex"]}

    def _check(self, regex: str, loc: Loc) -> None:
        size, fault = compiled_size(regex)
        self._program += size
        if not fault and self._program > _MOST_PROGRAM:
            fault = "The patterns together are too large for RE2. Take fewer of them, or fewer repeats of large classes."
        if fault:
            self._refused += 1
            self._walk.fault(loc, fault)

    def phrases(self, given: Any, loc: Loc) -> dict[str, Any]:
        """The phrases of one label: a list of texts, or `{phrases: […], score, case_sensitive}`."""
        item = given if isinstance(given, dict) else {"phrases": given}
        self._walk.unknown(item, ("phrases", "score", "case_sensitive"), loc)
        words, exact = item.get("phrases"), item.get("case_sensitive")
        if not isinstance(words, list) or not words or len(words) > _MOST_PHRASES:
            self._walk.fault(loc, f"A label needs a list of 1 to {_MOST_PHRASES:,} words or phrases.")
            words = []
        if exact is not None and not isinstance(exact, bool):
            self._walk.fault((*loc, "case_sensitive"), "case_sensitive must be true or false.")
        for place, word in enumerate(words):
            if not isinstance(word, str) or not word.strip() or len(word) > _LONGEST_PHRASE:
                self._walk.fault((*loc, place), f"A phrase must be a text of 1 to {_LONGEST_PHRASE} characters.")
                break
        return {"phrases": words, "score": self._score(item.get("score"), (*loc, "score")), "case_sensitive": exact is True}

    def _score(self, given: Any, loc: Loc) -> Any:
        if given is None:
            return "high"
        number = isinstance(given, (int, float)) and not isinstance(given, bool) and 0 < given <= 1
        if not number and given not in SCORES:
            self._walk.fault(loc, "score must be high (0.8), med (0.5), low (0.2), or a number above 0 and at most 1.")
            return "high"
        return given


def pattern_fault(regex: str) -> str:
    """Why RE2 does not take a pattern, as a sentence with the place; empty when it does."""
    return compiled_size(regex)[1]


def compiled_size(regex: str) -> tuple[int, str]:
    """RE2's instructions for a pattern, and why it does not take it, as a sentence with the place; empty when it does."""
    if len(regex) > _LONGEST_PATTERN:
        return 0, f"A pattern may have at most {_LONGEST_PATTERN:,} characters; this one has {len(regex):,}."
    import re2  # the server meets patterns seldom

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return int(re2.compile(regex, options=options).programsize), ""
    except re2.error as error:
        return 0, f"The pattern is refused: {_reason(regex, error)}"


def _reason(regex: str, error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    words, _, part = text.rpartition(": ")
    place = regex.find(part) if words and part else -1
    where = f" at character {place + 1}" if place >= 0 else ""
    advice = " Look-around and references back are not available." if "perl operator" in text or "escape" in text else ""
    return f"{words or text}{where}.{advice}"


def _namespace(walk: Walk, given: Any, loc: Loc, *, needed: bool) -> str | None:
    if given is None:
        if needed:
            walk.fault(loc, "namespace is missing: labels of your own are called namespace/label.")
        return None
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        walk.fault(loc, f"A namespace {_NAME_RULE}.")
        return None
    return given


def _threshold(walk: Walk, given: Any, loc: Loc) -> float:
    if given is None:
        return DEFAULT_THRESHOLD
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= 1:
        walk.fault(loc, "field_label_threshold must be a number from 0 to 1.")
        return DEFAULT_THRESHOLD
    return float(given)


def _number(score: Any) -> float:
    return SCORES[score] if isinstance(score, str) else float(score)
