"""Where words change: every limit that turns a figure into a word, with the reason for it. Alarms of privacy have theirs in `alarms.py`."""

from __future__ import annotations

USES = (
    ("Machine learning and statistics", 60, 40),
    ("Balancing or augmenting machine-learning data", 60, 40),
    ("Testing before production", 40, 20),
    ("Demonstrations and mock data", 20, 0),
)
"""Use, the quality score from which it fits, and from which it fits with care: the grades Good, Moderate and Poor begin there."""
LEARNING = (USES[0][0], USES[1][0])
TESTING = USES[2][0]
"""Uses that models trained on the table must serve, and the one that needs its rules kept."""
SHARING = "Sharing outside the organisation"
GROUPS = "Conclusions about single groups"
SHARED, SHARED_WITH_CARE = 60, 40
"""Privacy scores from which a table may be shared, and may be shared with care: the grades Very Good and Good begin there."""
TELLING_MARGIN = 5.0
"""Points of uncertainty in the membership score that a reader is told of: a quarter of a grade."""
WIDE_MARGIN = 10.0
"""Points of uncertainty in the privacy score, half a grade, from which the table is not called safe without a word of care."""
TELLING_HOLDOUT = 200
"""Held-out rows from which their own score is set beside the table's: fewer rows score low because they are few."""
UNLIKE = 40
"""Quality below which a table is so unlike the training data that attacks fail whatever the engine does: they prove nothing then."""
DETECTABLE, DETECTED = 0.6, 0.75
"""AUC of the discriminator below which rows are hardly told apart, and from which they clearly are: real rows against real rows read up
to 0.55 on small tables; from 0.75 a stranger with the usual tools sees which rows are made."""
ACCURATE = 0.02
"""Accuracy a table may lose against unseen real rows before a reader is told: what binning alone moves on some hundred rows."""
GROUP_LOST = 0.05
"""Accuracy that a group may lose against real rows before it is named: one row in twenty of the group lies in the wrong place."""
FAITHFUL_MODELS, USABLE_MODELS = 0.95, 0.85
"""Share of the real rows' skill that a model trained on synthetic rows keeps, for `as good` and for `weaker`: 5 % is what other real
rows cost models on tables of some thousand rows, 15 % is about what a simpler kind of model costs."""
BARELY_USABLE = 0.6
"""Share of the skill below which a table is no good for learning: two fifths of what there is to learn are lost."""
RISK_HIGH = 0.1
"""Risk beyond control above which an attack surely works, by the lower end of its interval: one more hit in ten than outside the table."""
FEW_ROWS = 1_000
"""Training rows below which readers are told that intervals are wide."""
GAPS = 0.05
"""Difference of the missing shares that is told."""
INVENTED = 0.01
"""Share of categories unknown to the training table that is told."""
WEAK = 60
"""Score below which a column, the correlations or the deep structure is called different: the grade Moderate ends there."""
