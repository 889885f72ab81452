"""The detector of a job: made from a configuration, asked about the columns of a file, and told in reports and archives."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from appliance.configurations.classify import Wanted
from appliance.configurations.label_predictors import LabelPredictors, predictors_of
from appliance.data_plane.detection.detector import Detector, DetectorOptions
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict
from appliance.data_plane.detection.own_columns import with_own_labels
from appliance.data_plane.detection.sampling import FileSample, sample_file
from appliance.data_plane.models.passing import versions_of

_TEXTS = 300
"""Distinct texts of a column that are searched to say what lies in it."""
_PARTS = {
    "word lists (SHA-256)": ("appliance.data_plane.detection", "lexicon.bin"),
    "name tagger (SHA-256)": ("appliance.data_plane.detection.tagger", "names.model"),
}


class Judged(msgspec.Struct, frozen=True):
    """The columns of a file: what was seen of them, and the verdicts on them, in the file's order."""

    sample: FileSample
    verdicts: Sequence[ColumnVerdict]


def load_detector(document: dict[str, Any], wanted: Wanted, *, names: bool) -> Detector:
    """The detector that a checked configuration asks for. `names`: whether names and places in free text are looked for."""
    predictors = predictors_of(document)
    own = {label for label in predictors.labels if wanted.told(label) is not None}
    labels = None if wanted.labels is None else tuple(sorted({label for label in wanted.labels if "/" not in label} | own))
    return Detector.load(DetectorOptions(labels=labels, label_predictors=predictors, use_names=names))


def judge_columns(
    path: Path,
    detector: Detector | None,
    seed: int,
    predictors: LabelPredictors | None = None,
    *,
    most_read: int | None = None,
    form: str | None = None,
) -> Judged:
    """The verdict on every column of a file, by a sample from all of it; none where there is no detector. Of texts a few are searched.

    `predictors`: the user's own labels; `most_read`: of the file's cells only the first bytes count; `form`: its format, where that is
    known. Raises DataRefused."""
    sample = sample_file(path, seed, most_read=most_read, form=form)
    if detector is None:
        return Judged(sample, ())
    verdicts = detector.columns(sample.columns)
    judged = verdicts if predictors is None else with_own_labels(sample.columns, verdicts, predictors)
    pairs = zip(sample.columns, judged, strict=True)
    return Judged(sample, tuple(_searched(column, verdict, detector) for column, verdict in pairs))


def _searched(column: ColumnSample, verdict: ColumnVerdict, detector: Detector) -> ColumnVerdict:
    """A verdict on a column of texts with what lies in some of them: the share of the looked-at cells with each label."""
    if verdict.shape is not ColumnShape.TEXT or verdict.others:
        return verdict
    cells: Counter[str] = Counter()
    for spans, count in zip(detector.spans(column.values[:_TEXTS]), column.counts, strict=False):
        cells.update(dict.fromkeys({span.label for span in spans}, count))
    looked = sum(column.counts[:_TEXTS])
    return msgspec.structs.replace(verdict, others={label: count / looked for label, count in sorted(cells.items())})


def detector_versions() -> dict[str, str]:
    """The appliance, the libraries, and digests of the word lists and the model that the detector reads."""
    found = versions_of()
    for name, (package, file) in _PARTS.items():
        found[name] = hashlib.sha256(resources.files(package).joinpath(file).read_bytes()).hexdigest()[:16]
    return found
