"""Downstream test: the same learners trained on real and on synthetic rows, tested on the same real rows (TRTR beside TSTR)."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from appliance.data_plane.quality.column import NAMED_ROWS, Floats
from appliance.data_plane.quality.downstream_models import Answer, Chosen, Classroom, choose
from appliance.data_plane.quality.downstream_scores import CLASS_METRICS, ERRORS, LABELS, NUMBER_METRICS, measure, resamples
from appliance.data_plane.quality.downstream_table import Part, Plan, Problem, state_problem
from appliance.data_plane.quality.downstream_wording import caveats, conclusion
from appliance.data_plane.quality.judgement import silent
from appliance.data_plane.quality.options import Progress
from appliance.data_plane.quality.score import score_object
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

REPORT_VERSION = 1
LEAST_GAIN = 0.05
"""A learner that beats guessing by less than this is measured against this, so that noise over almost nothing is no ratio."""
LEARNT = 0.02
"""A learner has learnt something from the real rows when it beats guessing by so much."""
SHOWN_CLASSES = 20


class DownstreamOptions(msgspec.Struct, frozen=True):
    """What is predicted and how it is judged. `metric` and `models`: as `configurations.evaluation` names them, the metric by its own
    name. `rows` 0: as many as fit. `seen`: the test rows come from a training table that the engine may have learnt from."""

    task: str
    target: str
    metric: str
    models: tuple[str, ...] = ()
    holdout: float = 0.2
    rows: int = 5_000
    columns: int = 250
    title: str = ""
    model_type: str = ""
    engine: str = ""
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def classify(self) -> bool:
        return self.task == "classification"


class Reading(msgspec.Struct, frozen=True):
    """One learner: its metric on real and on synthetic rows, each under every weighting (first: plain; then the resamples)."""

    chosen: Chosen
    real: Floats
    synthetic: Floats
    answers: tuple[Answer, Answer]


def measure_downstream(
    train: Table, synthetic: Table, holdout: Table | None, options: DownstreamOptions, seed: int, progress: Progress = silent
) -> dict[str, Any]:
    """The report of a downstream test as JSON types, the same for the same tables, options and seed; its `run` is left to the caller.

    `average_metric_difference` is 100 when synthetic rows teach as much as real ones and 0 when they teach no more than guessing.
    Raises DataRefused when the target cannot be predicted."""
    plan = Plan(options.target, options.classify, options.rows, options.columns, options.holdout)
    problem = state_problem(train, synthetic, holdout, plan, seed)
    trial = _Trial(problem, options, seed, progress)
    if not trial.readings:
        raise DataRefused("None of the models could be trained on these rows.", hint="Name other models, or give more rows.")
    return trial.report()


class _Trial:
    """All learners on one problem."""

    def __init__(self, problem: Problem, options: DownstreamOptions, seed: int, progress: Progress) -> None:
        self.problem = problem
        self.options = options
        self.seed = seed
        self.truth = problem.test.target
        plain = np.ones((1, problem.test.rows))
        self.weights = np.concatenate([plain, resamples(problem.test.rows, seed)])
        self.sign = -1.0 if options.metric in ERRORS else 1.0
        self.guess = self._guess(problem.real)
        self.unit = float(self.guess[0]) if options.metric in ERRORS else 1.0
        if not np.isfinite(self.guess[0]) or self.unit <= 0:
            label = LABELS[options.metric]
            raise DataRefused(f"The {label} cannot be computed for the target {options.target!r}: its values do not allow it.")
        self.failed: list[Chosen] = []
        self.readings = self._readings(progress)

    def _guess(self, part: Part) -> Floats:
        """The metric of one and the same answer for every row: the most frequent class, or the mean."""
        rows, classes = self.problem.test.rows, len(self.problem.classes)
        if not classes:
            return self._measured(Answer(np.full(rows, part.target.mean()), np.zeros((0, 0))))
        most = int(np.bincount(part.target.astype(np.int64), minlength=classes).argmax())
        return self._measured(Answer(np.full(rows, float(most)), np.zeros((rows, classes))))

    def _measured(self, answer: Answer) -> Floats:
        return measure(self.options.metric, self.truth, answer, self.weights)

    def _readings(self, progress: Progress) -> list[Reading]:
        problem, classes = self.problem, len(self.problem.classes)
        rooms = [Classroom(part, problem.test, classes, self.seed) for part in (problem.real, problem.synthetic)]
        chosen = choose(self.options.models, classify=self.options.classify)
        found = []
        for done, one in enumerate(chosen):
            progress(one.learner.label, done, len(chosen))
            real, made = (room.teach(one.learner) for room in rooms)
            if real is None or made is None:
                self.failed.append(one)
            else:
                found.append(Reading(one, self._measured(real), self._measured(made), (real, made)))
        progress("report", len(chosen), len(chosen))
        return sorted(found, key=lambda reading: -self.sign * float(reading.real[0]))

    def gain(self, reading: Reading) -> Floats:
        """By how much the learner beats guessing when it learns from real rows, in units of the metric (errors: of the guess's error)."""
        found: Floats = self.sign * (reading.real - self.guess) / self.unit
        return found

    def kept(self, *readings: Reading) -> Floats:
        """The share (0–1) of that gain which synthetic rows give too: of the gains and losses of all readings together.

        No learner loses or wins more than what it gains from real rows, so that one that goes astray cannot decide alone."""
        gains = [np.maximum(np.nan_to_num(self.gain(reading)), LEAST_GAIN) for reading in readings]
        losses = [
            np.clip(np.nan_to_num(self.sign * (reading.real - reading.synthetic) / self.unit, nan=np.inf), -gain, gain)
            for reading, gain in zip(readings, gains, strict=True)
        ]
        share: Floats = np.clip(1 - np.sum(losses, axis=0) / np.sum(gains, axis=0), 0.0, 1.0)
        return share

    def learns(self, reading: Reading) -> bool:
        return float(self.gain(reading)[0]) >= LEARNT

    def report(self) -> dict[str, Any]:
        counted = [reading for reading in self.readings if self.learns(reading)] or self.readings
        kept = 100 * self.kept(*counted)
        low, high = _interval(kept)
        score = score_object(float(kept[0]))
        options = self.options
        report: dict[str, Any] = {
            "report_version": REPORT_VERSION,
            "title": options.title,
            "task": {
                "type": options.task,
                "target": options.target,
                "metric": options.metric,
                "metric_label": LABELS[options.metric],
                "less_is_better": options.metric in ERRORS,
            },
            "average_metric_difference": score,
            "average_metric_difference_interval": {"low": low, "high": high},
            "summary": [{"field": "average_metric_difference", "value": score["score"]}],
            "average_metrics": self._averages(counted),
            "models": [self._model(place, reading) for place, reading in enumerate(self.readings)],
            "models_not_trained": [one.learner.label for one in self.failed],
            "best": self._best(),
            "classes": self._classes(),
            "data": self._data(),
            "engine": {"model_type": options.model_type, "engine": options.engine},
            "sampling": {"seed": self.seed, "rows_limit": options.rows, "resamples": len(self.weights) - 1, "named_from_rows": NAMED_ROWS},
            "versions": dict(options.versions),
        }
        report["verdict"] = conclusion(report)
        report["warnings"] = caveats(report)
        return report | {"run": {}}

    def _averages(self, counted: list[Reading]) -> dict[str, Any]:
        real, made = (np.mean([getattr(reading, side) for reading in counted], axis=0) for side in ("real", "synthetic"))
        low, high = _interval(made - real)
        return {
            "real": _rounded(real[0]),
            "synthetic": _rounded(made[0]),
            "difference": _rounded(made[0] - real[0]),
            "difference_low": low,
            "difference_high": high,
            "guess": _rounded(self.guess[0]),
            "models": len(counted),
        }

    def _model(self, place: int, reading: Reading) -> dict[str, Any]:
        learner = reading.chosen.learner
        order = sorted(range(len(self.readings)), key=lambda at: -self.sign * float(self.readings[at].synthetic[0]))
        difference = reading.synthetic - reading.real
        low, high = _interval(difference)
        names = CLASS_METRICS if self.options.classify else NUMBER_METRICS
        plain = self.weights[:1]
        every = [{name: _rounded(measure(name, self.truth, answer, plain)[0]) for name in names} for answer in reading.answers]
        intervals = [dict(zip(("low", "high"), _interval(side), strict=True)) for side in (reading.real, reading.synthetic)]
        return {
            "name": learner.name,
            "label": learner.label,
            "stands_for": list(reading.chosen.stands_for),
            "rank_real": place + 1,
            "rank_synthetic": order.index(place) + 1,
            "real": every[0],
            "synthetic": every[1],
            "real_interval": intervals[0],
            "synthetic_interval": intervals[1],
            "difference": _rounded(difference[0]),
            "difference_low": low,
            "difference_high": high,
            "learns": self.learns(reading),
            "kept_share": _rounded(self.kept(reading)[0]),
        }

    def _best(self) -> dict[str, Any]:
        """The learner that each side would choose, and what choosing by synthetic rows costs on real ones."""
        first = self.readings[0]
        chosen = max(self.readings, key=lambda reading: self.sign * float(reading.synthetic[0]))
        return {
            "real": first.chosen.learner.label,
            "synthetic": chosen.chosen.learner.label,
            "same": first is chosen,
            "cost": _rounded(abs(float(first.real[0]) - float(chosen.real[0]))),
        }

    def _classes(self) -> list[dict[str, Any]]:
        """How many rows of each class the best learner finds; classes that fewer than 10 training rows hold have no name."""
        problem = self.problem
        if not problem.classes:
            return []
        real, made = self.readings[0].answers
        held = np.bincount(self.truth.astype(np.int64), minlength=len(problem.classes))
        shown = [int(label) for label in np.argsort(-held, kind="stable")[:SHOWN_CLASSES] if held[label]]
        return [
            {
                "name": problem.classes[label][:60] if problem.class_rows[label] >= NAMED_ROWS else None,
                "test_rows": int(held[label]),
                "real_rows": int((problem.real.target == label).sum()),
                "synthetic_rows": int((problem.synthetic.target == label).sum()),
                "real_found": _rounded((real.predicted == label)[self.truth == label].mean()),
                "synthetic_found": _rounded((made.predicted == label)[self.truth == label].mean()),
            }
            for label in shown
        ]

    def _data(self) -> dict[str, Any]:
        problem = self.problem
        real, made = (set(np.unique(part.target).tolist()) for part in (problem.real, problem.synthetic))
        return {
            "real_rows": problem.real.rows,
            "synthetic_rows": problem.synthetic.rows,
            "test_rows": problem.test.rows,
            "own_holdout": problem.own_holdout,
            "rows_without_target": list(problem.dropped),
            "numeric_columns": list(problem.numeric),
            "categorical_columns": list(problem.categorical),
            "columns_left_out": [{"name": name, "reason": reason} for name, reason in problem.left_out],
            "classes": len(problem.classes),
            "classes_missing_in_synthetic": len(real - made) if problem.classes else 0,
            "classes_in_synthetic": len(made) if problem.classes else 0,
        }


def _interval(values: Floats) -> tuple[float | None, float | None]:
    """The 95 % interval over the resamples (the first value is the plain reading)."""
    found = values[1:][np.isfinite(values[1:])]
    if not len(found):
        return None, None
    low, high = np.percentile(found, [2.5, 97.5])
    return _rounded(low), _rounded(high)


def _rounded(value: Any) -> float | None:
    """Six significant digits, so that the order of additions leaves no trace; None for what is no number."""
    number = float(value)
    return float(f"{number:.6g}") if np.isfinite(number) else None
