"""What fresh seeds say, in sentences that claim no more than they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ppo_desktop.comparison.measures import FINAL_RETURN, MEAN_RETURN, Measure
from ppo_desktop.comparison.statistics import Difference, paired_difference
from ppo_desktop.comparison.words import sentence_between
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.plan import Objective, StudyPlan

if TYPE_CHECKING:
    from ppo_desktop.study.check import CheckedCandidate

FEWEST_FOR_INTERVAL = 3
"""Fresh seeds from which an interval is told: one of fewer says nothing and looks as if it did."""


def check_sentences(plan: StudyPlan, checked: Sequence[CheckedCandidate]) -> tuple[str, ...]:
    """Return what can be said: of the best beside what it was in the study, and beside each other one.

    Of a candidate some of whose seeds failed nobody claims that it is better: without them its mean is
    too good. It is told which ones failed.

    Args:
        plan: What is searched.
        checked: The candidates, the best first.
    """
    if not checked:
        return ()
    best, *others = checked
    sentences = [_what_is_left(plan, best)]
    sentences += [_beside(plan, best, other) for other in others]
    for candidate in checked:
        sentences += [_of_the_default(plan, candidate), _failed(candidate)]
    return tuple(filter(None, sentences))


def _what_is_left(plan: StudyPlan, best: CheckedCandidate) -> str:
    """Return what the best had in the study and has now: who is chosen for a number was also lucky."""
    in_study = best.candidate.in_study
    if in_study is None or not best.seeds:
        return ""
    measure, where = _measure(plan), plan.environment_id
    before, now, low, high = (
        measure.write(number, where) for number in (in_study, best.mean, best.low, best.high)
    )
    interval = f" [{low}, {high}]" if len(best.seeds) >= FEWEST_FOR_INTERVAL else ""
    text = (
        f"In the study {_name(best)} had {before} with {counted(plan.n_seeds, 'seed')}; "
        f"with {counted(len(best.seeds), 'fresh seed')} it has {now}{interval}."
    )
    if in_study > best.high:
        return f"{text} A trial chosen for its high number owes part of it to luck."
    return text


def _beside(plan: StudyPlan, best: CheckedCandidate, other: CheckedCandidate) -> str:
    """Return whether the best is better than another candidate with the seeds that both have."""
    gap = _gap(best, other)
    if gap.n < FEWEST_FOR_INTERVAL:
        return ""
    rival = _name(other) if other.candidate.trial is None else f"{_name(other)} (the {other.candidate.name})"
    words = sentence_between(_name(best), rival, _measure(plan), plan.environment_id, gap)
    winner = best if gap.mean > 0.0 else other
    if gap.is_certain and winner.failures:
        return f"Without the seeds that failed, {words}, which therefore proves nothing."
    return f"{_capital(words)}."


def _of_the_default(plan: StudyPlan, checked: CheckedCandidate) -> str:
    """Return that a trial is the default, which is then not among the candidates itself."""
    if checked.candidate.trial is None or checked.candidate.values != plan.default_values:
        return ""
    return f"{_capital(_name(checked))} has the values of the default itself."


def _gap(best: CheckedCandidate, other: CheckedCandidate) -> Difference:
    ours, theirs = best.by_seed, other.by_seed
    both = sorted(ours.keys() & theirs.keys())
    return paired_difference(
        np.array([ours[seed] for seed in both]), np.array([theirs[seed] for seed in both])
    )


def _failed(checked: CheckedCandidate) -> str:
    if not checked.failures:
        return ""
    n_ended = len(checked.seeds) + len(checked.failures)
    first = next(iter(checked.failures.values())).rstrip(".")
    return (
        f"{_capital(_name(checked))}: {len(checked.failures)} of {counted(n_ended, 'fresh seed')} failed and "
        f"{'is' if len(checked.failures) == 1 else 'are'} left out ({first})."
    )


def _name(checked: CheckedCandidate) -> str:
    """Return how a candidate is called: "trial 47", "the default"."""
    candidate = checked.candidate
    return f"the {candidate.name}" if candidate.trial is None else f"trial {candidate.trial}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _measure(plan: StudyPlan) -> Measure:
    """Return how an objective is written, and that more of it is better."""
    return FINAL_RETURN if plan.objective is Objective.EVALUATION else MEAN_RETURN
