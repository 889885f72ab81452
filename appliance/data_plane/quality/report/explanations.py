"""How every measure is computed and after whom: what the folds of the report say, in one place."""

from __future__ import annotations

import msgspec


class Explanation(msgspec.Struct, frozen=True):
    """A measure's name, its computation in plain words, and the paper or product it follows (may be empty)."""

    term: str
    how: str
    source: str = ""


EXPLANATIONS = {
    "quality": Explanation(
        "Synthetic quality score",
        "(correlation + 0.84 × deep structure + 0.86 × distribution) ÷ 2.7 for the tabular columns, 0.7 × meaning + 0.3 × "
        "structure for texts, averaged by the number of columns. Parts that cannot be measured are left out with their weight. "
        "Identical tables score 100. Grades in steps of 20; 80 and more is excellent. The reference is the same score of held-out "
        "real rows, as it would be for as many rows as the synthetic table has.",
        "Formula of the Gretel quality report.",
    ),
    "distribution": Explanation(
        "Column distribution",
        "Jensen–Shannon distance (base 2) of each column, numbers binned by Doane’s rule. Mean distance d: 100 below 0.02, else "
        "10 × (7.44 d² − 16.646 d + 10.305). The reference is the distance of the held-out rows.",
        "Lin, IEEE Trans. Inf. Theory 1991; Doane, Am. Stat. 1976.",
    ),
    "correlation": Explanation(
        "Column correlation",
        "Pearson’s r for two numbers, Theil’s U for two categories, the correlation ratio for one of each. Mean absolute "
        "difference e of the two matrices: 100 below 0.01, 0 above 0.46, else 10 × (37.562 e² − 35.643 e + 10.056).",
        "Theil, Am. J. Sociol. 1970.",
    ),
    "structure": Explanation(
        "Deep structure",
        "Two principal components fitted on the training rows alone; both tables are projected, and the mean Jensen–Shannon "
        "distance p of the two projections gives 100 × exp(−1.6 p).",
        "Formula of the Gretel quality report.",
    ),
    "text": Explanation(
        "Text structure",
        "Sentences per record, words per sentence and characters per word compared by Jensen–Shannon distance; the meaning of "
        "texts is scored only where a local embedding model is installed.",
    ),
    "privacy": Explanation(
        "Data privacy score",
        "Mean of membership and attribute inference protection (0–100). Its interval tells how far other held-out rows would move "
        "it. It never replaces the worst attack, and a table of low quality does not earn it.",
        "Formula of the Gretel privacy report.",
    ),
    "membership": Explanation(
        "Membership inference",
        "Training rows and as many unseen rows are mixed; a row is called a training row when its nearest synthetic row is near. "
        "360 attacks (four thresholds, nine proportions, ten repeats) earn marks by precision and accuracy; the mean mark m gives "
        "(m − 1) ÷ 2 × 100.",
        "After Shokri et al., IEEE S&P 2017.",
    ),
    "attribute": Explanation(
        "Attribute inference",
        "The attacker knows three columns of a person and lets the five nearest synthetic rows vote on the others. Accuracy, "
        "weighted by the variety of the column and capped at 0.7, is turned into a score. Unseen rows show what the pattern of "
        "the data alone gives away.",
        "Formula of the Gretel privacy report.",
    ),
    "copies": Explanation(
        "Exact and near copies",
        "Rows are compared by every shared column but keys. Exact: equal to a training row, or to one that the table holds only "
        "once. Near: within the distance of the nearest 1 % of unseen real rows. Unseen real rows repeat training rows too, so "
        "their rate is the measure.",
        "Wilson, J. Am. Stat. Assoc. 1927.",
    ),
    "tail": Explanation(
        "Membership in the tail",
        "Training and unseen rows in equal number are ordered by the distance to their nearest synthetic row; among the nearest 1 "
        "% half should be training rows. AUC: the chance that a training row lies nearer than an unseen one. TPR at 1 % FPR: "
        "training rows found when one unseen row in a hundred is accused wrongly (chance: 1 %).",
        "Carlini et al., IEEE S&P 2022.",
    ),
    "detection": Explanation(
        "Discriminator",
        "Gradient-boosted trees are trained to tell real rows from synthetic ones and tested on rows they did not see (cross- "
        "validated). The area under the ROC curve is 0.5 when they can only guess and 1 when they are always right.",
        "Lopez-Paz and Oquab, ICLR 2017; interval after Hanley and McNeil, Radiology 1982.",
    ),
    "validity": Explanation(
        "Valid rows",
        "Rules are read off the training table: the type, the range of numbers and times, the categories, the build of patterned "
        "text, keys that occur once, columns that are never empty, pairs of columns where one is never above or always decides "
        "the other. A rule counts as broken when synthetic rows offend against it clearly more often than held-out rows do. Row "
        "numbers count synthetic rows from 1.",
    ),
    "accuracy": Explanation(
        "Accuracy",
        "Numbers are cut into ten bins with equally many training rows, categories into the ten most common and the rest; missing "
        "values are one more bin. Accuracy is 1 − half the sum of the absolute differences of the shares (total variation), "
        "averaged over all marginals of one, two or three columns (drawn by lot where there are too many). The reference is that "
        "of held-out rows, as it would be for as many rows as the synthetic table has.",
        "After Platzer and Reutterer, Front. Big Data 2021.",
    ),
    "pairs": Explanation(
        "Pairs of columns",
        "Total variation of the shares in the cells of both columns’ bins, sorted by how far the pair is from the training table. "
        "Shades grow with the root of the share and mean the same in both panels.",
    ),
    "utility": Explanation(
        "Trained on synthetic, tested on real",
        "Three kinds of model learn each target once from real and once from synthetic training rows and are tested on the same "
        "held-out rows. AUC for categories, R² for numbers; the interval of the difference comes from resampling the test rows, "
        "the same for both models.",
        "Esteban et al., 2017 (TSTR).",
    ),
    "queries": Explanation(
        "Random questions",
        "Shares of rows that meet one to three random conditions, and means of a number within a group in standard deviations of "
        "the training column: mean absolute difference of the two tables’ answers. Worst is the error that 95 % of the questions "
        "stay below.",
    ),
    "subgroups": Explanation(
        "Accuracy within groups",
        "The accuracy over single columns, computed among the rows of one group only, for groups of at least 50 training rows. "
        "Real rows would reach: 1 − the total variation that chance alone explains between samples of these sizes. The worst "
        "group loses most against that.",
    ),
    "attacks": Explanation(
        "Singling out, linkability, inference",
        "Singling out: conditions that one synthetic row alone meets, and whether one person alone meets them. Linkability: two "
        "halves of a person’s columns, and whether both point to the same synthetic row. Inference: all columns but one are "
        "known, and the nearest synthetic row tells the one. Each is tried on training rows, on unseen rows (control) and blindly "
        "(guess). Risk beyond control: (success − control) ÷ (1 − control), its interval from those of both rates. The readings "
        "widen it for the number of attacks (Bonferroni).",
        "Giomi et al., PoPETs 2023; criteria of the Article 29 Working Party, opinion 05/2014.",
    ),
    "distance": Explanation(
        "Distances",
        "Each synthetic row’s distance to the nearest training row and to the nearest of as many unseen rows; the ratio divides "
        "the nearest by the second nearest. If nothing is remembered, a synthetic row is nearer to training rows half of the "
        "time.",
        "After Platzer and Reutterer, Front. Big Data 2021.",
    ),
    "replay": Explanation(
        "Personal data that came back",
        "Distinct real values found in the synthetic table. Rare ones are held by fewer than ten training rows. By chance: as "
        "many as would appear if values of the same build were made without looking at the real ones (– where that is not known).",
    ),
    "sequences": Explanation(
        "Sequences",
        "Rows with the same key, in their order. Distances are Jensen–Shannon (lengths, gaps) and total variation (moves); chance "
        "is what a table of as many sequences, drawn again from the training sequences, stays below in 95 of 100 cases. Memory is "
        "the rank correlation of a number with the one before it; the bar shows where chance would put it.",
    ),
}
