"""Bradley–Terry strengths by statsmodels. Run as a process of its own, ``python -m reviews.rules.bradley_terry``: JSON in, JSON out.

statsmodels takes seconds and some 150 MB to import: nothing else imports this module, so that no server ever carries it.

The model (Bradley and Terry 1952): the odds that take i is preferred to take j are exp(strength i − strength j). It is fitted as a
binomial regression without intercept, one row for each pair, +1 for the one and −1 for the other (Agresti, Categorical Data
Analysis, section 11.6; Turner and Firth, "Bradley–Terry models in R", J. Stat. Softw. 48(9), 2012). A tie counts as half a win
for each, as there. Strengths are logarithms of odds and sum to zero; their standard errors are from the covariance matrix of
the fit, moved from "against the first take" to "against the mean".
"""

import json
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import binomtest, norm
from statsmodels.stats.inter_rater import fleiss_kappa
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from reviews.rules.preference import Pair, Vote, agreement_on, own_order, parts, table

METHOD = "bradley-terry/binomial-glm/1"
PRIOR = 0.5
"""The weak prior, where it is needed: so much of a win and of a loss for each take against a take of mean strength."""
CONVINCING = 0.975
"""So sure it must be that the first is better than the second: then the 95 % interval of its lead lies above zero. Which take is the
first was seen from the same votes, so that the lead is asked from both sides."""
Z = float(norm.ppf(0.975))
Matrix = Any


def judged(takes: int, pairs: Sequence[Pair], votes: Sequence[Vote]) -> dict[str, Any]:
    """Return everything that is told of a ranking. ``takes`` counts them; what is returned names them by place, from 0."""
    wins, ties = table(takes, votes)
    judges = sorted({vote.judge for vote in votes})
    return {
        "method": METHOD,
        "votes": len(votes),
        "wins": wins,
        "ties": ties,
        **scored(wins, ties),
        "pairs": agreement_on(pairs, votes),
        "agreement": agreed(pairs, votes),
        "judges": [
            {"judge": each, "order": own_order(takes, [vote for vote in votes if vote.judge == each])}
            for each in judges
        ],
        "sides": sided(votes),
    }


def scored(wins: Sequence[Sequence[float]], ties: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return each take's strength with its error and 95 % interval, and how takes stand to each other.

    ``state``: "scored"; "prior" where some take or group won or lost everything, so that the weak prior was needed; "apart"
    where no chain of comparisons links all takes, and "empty" without a vote: then nothing is said of strengths.
    """
    points = np.asarray(wins, float) + np.asarray(ties, float) / 2
    takes = len(points)
    linked = parts(takes, {(one, other) for one, other in zip(*np.nonzero(points + points.T), strict=True)})
    if not points.any() or len(linked) > 1:
        return {"state": "apart" if points.any() else "empty", "parts": linked, "takes": [], "chances": [], "sure": []}
    prior = len(parts(takes, set(zip(*np.nonzero(points), strict=True)))) > 1
    strengths, covariance = fitted(points, PRIOR if prior else 0.0)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    apart = strengths[:, None] - strengths[None, :]
    variance = np.diag(covariance)[:, None] + np.diag(covariance)[None, :] - 2 * covariance
    off = ~np.eye(takes, dtype=bool)
    sure = np.full_like(apart, 0.5)
    sure[off] = norm.cdf(apart[off] / np.sqrt(variance[off]))
    rows = [
        {
            "take": take, "strength": strengths[take], "error": errors[take],
            "low": strengths[take] - Z * errors[take], "high": strengths[take] + Z * errors[take],
            "met": float((points + points.T)[take].sum()), "points": float(points[take].sum()),
        }
        for take in np.argsort(-strengths, kind="stable").tolist()
    ]  # fmt: skip
    return {
        "state": "prior" if prior else "scored",
        "parts": linked,
        "takes": rows,
        "chances": expit(apart).tolist(),
        "sure": sure.tolist(),
        "clear": bool(sure[rows[0]["take"], rows[1]["take"]] >= CONVINCING),
    }


def fitted(points: Matrix, prior: float = 0.0) -> tuple[Matrix, Matrix]:
    """Return strengths that sum to zero, and their covariance matrix, for points[i, j] of i against j.

    Without a prior every take must lead to every other along wins: there is no finite answer otherwise. ``prior``: so much of
    a win and of a loss for each take against one of strength 0.
    """
    takes = len(points)
    one, other = np.nonzero(np.triu(points + points.T, 1))
    design = np.zeros((len(one), takes))
    design[np.arange(len(one)), one], design[np.arange(len(one)), other] = 1, -1
    counts = np.column_stack([points[one, other], points[other, one]])
    if prior:
        design = np.vstack([design, np.eye(takes)])
        counts = np.vstack([counts, np.full((takes, 2), prior)])
    free = takes if prior else takes - 1
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        # With no more pairs than takes the fit is perfect and leaves no freedom: neither is wrong where an answer is finite.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = sm.GLM(counts, design[:, takes - free :], family=sm.families.Binomial()).fit(tol=1e-12, maxiter=200)
    strengths, covariance = np.zeros(takes), np.zeros((takes, takes))
    strengths[takes - free :], covariance[takes - free :, takes - free :] = fit.params, fit.cov_params()
    centre = np.eye(takes) - 1 / takes
    return centre @ strengths, centre @ covariance @ centre.T


def agreed(pairs: Sequence[Pair], votes: Sequence[Vote]) -> dict[str, Any]:
    """Return Fleiss' kappa of all judges who voted, over the pairs that all of them answered; None where it says nothing.

    Which take of a pair is called the first is arbitrary, so every pair enters twice, once each way round: chance agreement
    then does not hang on it. With no ties, half the chance is either: kappa is Kendall's coefficient u for paired comparisons.
    """
    judges = {vote.judge for vote in votes}
    rows = agreement_on(pairs, votes)
    full = [row for row in rows if sum(int(str(row[name])) for name in ("first", "tie", "second")) == len(judges)]
    couples = [float(str(row["agreement"])) for row in rows if row["agreement"] is not None]
    told = {
        "judges": len(judges),
        "pairs": len(full),
        "kappa": None,
        "percent": np.mean(couples).item() if couples else None,
    }
    if len(judges) < 2 or not full:
        return told
    counts = np.array([[row["first"], row["tie"], row["second"]] for row in full], float)
    both = np.vstack([counts, counts[:, ::-1]])
    if both[:, 1].sum() == both.sum():
        return told  # all tied: there is no disagreement that chance could have brought
    return {**told, "kappa": float(fleiss_kappa(both))}


def sided(votes: Sequence[Vote]) -> dict[str, Any]:
    """Return how often the left and the right one won, and how likely so uneven a split is if sides do not matter."""
    left = sum((vote.said == "first") == (vote.left == vote.pair[0]) for vote in votes if vote.said != "tie")
    right = sum(vote.said != "tie" for vote in votes) - left
    chance = float(binomtest(left, left + right).pvalue) if left + right else None
    return {"left": left, "right": right, "tie": len(votes) - left - right, "p": chance}


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Turn what came as JSON into values, and judge."""
    votes = [Vote(judge, (first, second), said, left) for judge, first, second, said, left in asked["votes"]]
    return judged(asked["takes"], [(first, second) for first, second in asked["pairs"]], votes)


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout, allow_nan=False)
