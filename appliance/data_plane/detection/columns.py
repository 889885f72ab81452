"""The verdict on every column of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from appliance.configurations.entities import LABELS, told_as
from appliance.data_plane.detection.cells import CellReader
from appliance.data_plane.detection.columns_of_codes import codes, state_codes
from appliance.data_plane.detection.columns_of_forms import domains, forms, moments
from appliance.data_plane.detection.columns_of_numbers import numbers
from appliance.data_plane.detection.columns_of_words import words
from appliance.data_plane.detection.combination import BAR, Candidate, candidates, misread, ranked, with_neighbours
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict
from appliance.data_plane.detection.headers.evidence import header_evidence
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.profile import ColumnProfile

_MIXED_SHARE = 0.25
_FEW, _MOSTLY = 6, 0.6
"""Of fewer distinct values most must be personal: two of five may be so by chance."""
_NEARLY_ALL = 0.9
_NUMBERED = frozenset({"government_id", "health_id", "card", "bank"})
"""Groups told by check digits: where nearly every cell is one, of whatever states, the column is."""
_PROBE = 16
"""Values that are looked at first: where hardly any is personal, the others are not looked at."""
_TEXT_WORDS = 4.0


class ColumnReader:
    """Judges columns. `wanted`: labels that may be told; None for all."""

    def __init__(self, lexicon: Lexicon, cells: CellReader, wanted: frozenset[str] | None) -> None:
        self._lexicon = lexicon
        self._cells = cells
        self._wanted = wanted

    def verdicts(self, samples: Sequence[ColumnSample]) -> tuple[ColumnVerdict, ...]:
        """One verdict per column, in order."""
        profiles = [ColumnProfile(sample) for sample in samples]
        found = [self._candidates(profile) for profile in profiles]
        with_neighbours(found)
        return tuple(self._verdict(profile, labels) for profile, labels in zip(profiles, found, strict=True))

    def _candidates(self, profile: ColumnProfile) -> dict[str, Candidate]:
        if not profile.size:
            return {}
        header = header_evidence(profile.name)
        sure = list(chain(forms(profile), domains(profile), moments(profile)))
        if not any(evidence.strength >= 6.0 and evidence.share > 0.9 for evidence in sure):
            sure.extend(chain(numbers(profile), codes(profile), state_codes(profile), words(profile, self._lexicon)))
        return candidates(sure, misread(header, sure))

    def _verdict(self, profile: ColumnProfile, found: dict[str, Candidate]) -> ColumnVerdict:
        if not profile.size:
            return ColumnVerdict(profile.name, ColumnShape.EMPTY)
        sure = [candidate for candidate in ranked(found) if candidate.score >= BAR]
        if not sure:
            return self._mixed(profile)
        group = LABELS[sure[0].label].group
        for candidate in sure:
            label = self.told(candidate.label)
            if label is not None and LABELS[candidate.label].group == group:
                return ColumnVerdict(profile.name, ColumnShape.WHOLE, label, round(candidate.score, 4), _facts(candidate))
        return ColumnVerdict(profile.name, ColumnShape.NONE)

    def told(self, label: str) -> str | None:
        """The label as it may be told: itself, or a wanted one of those that it also is; None when it was not asked for."""
        return label if self._wanted is None else told_as(label, self._wanted)

    def _mixed(self, profile: ColumnProfile) -> ColumnVerdict:
        values = profile.values[:: max(1, profile.size // _PROBE)]
        spans = [span for span in self._cells.read(values, profile.name) if span]
        if len(spans) >= _MIXED_SHARE * len(values) / 2 and len(values) < profile.size:
            values = profile.values
            spans = [span for span in self._cells.read(values, profile.name) if span]
        labels = Counter(label for span in spans if (label := self.told(span.label)))
        told = sum(labels.values()) / len(values)
        label, count = labels.most_common(1)[0] if labels else ("", 0)
        numbered = label in LABELS and LABELS[label].group in _NUMBERED
        if numbered and count >= _NEARLY_ALL * len(values) and profile.distinct >= _FEW:
            score = round(sum(span.score for span in spans) / len(spans), 4)
            return ColumnVerdict(profile.name, ColumnShape.WHOLE, label, score, {"matched": round(count / len(values), 4)})
        if told >= (_MIXED_SHARE if profile.distinct >= _FEW else _MOSTLY):
            others = {label: round(count / len(values), 4) for label, count in labels.most_common()}
            return ColumnVerdict(profile.name, ColumnShape.MIXED, others=others)
        blanks = sum(value.count(" ") for value in profile.values) / profile.size
        if blanks >= _TEXT_WORDS and profile.digits < 0.5:
            return ColumnVerdict(profile.name, ColumnShape.TEXT)
        return ColumnVerdict(profile.name, ColumnShape.NONE)


def _facts(best: Candidate) -> dict[str, float | str]:
    facts: dict[str, float | str] = {}
    if best.value is not None:
        facts["matched"] = round(best.value.share, 4)
        for name, share in (("checksum", best.value.check), ("listed", best.value.listed)):
            if share >= 0:
                facts[name] = round(share, 4)
    if best.word:
        facts["header"] = best.word
    if best.neighbour:
        facts["neighbour"] = round(best.neighbour, 2)
    return facts
