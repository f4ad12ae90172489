"""What fresh seeds say, in sentences that claim no more than they show, and what candidates are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from ppo_desktop.comparison.measures import FINAL_RETURN, MEAN_RETURN, Measure
from ppo_desktop.comparison.plan import BUDGET_FIELDS
from ppo_desktop.comparison.statistics import Difference, paired_difference
from ppo_desktop.comparison.words import sentence_between
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import changed_fields
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described, presets_for
from ppo_desktop.study.plan import Objective, StudyPlan

if TYPE_CHECKING:
    from ppo_desktop.study.check import Candidate, CheckedCandidate

FEWEST_FOR_INTERVAL = 3
"""Fresh seeds from which there is an interval: one of fewer says nothing and looks as if it did."""


def candidate_name(plan: StudyPlan, candidate: Candidate) -> str:
    """Return what a candidate is called within a sentence: "trial 47", "the preset Demonstration"."""
    article = "" if candidate.trial is not None else "the "
    return f"{article}{candidate_title(plan, candidate)}"


def candidate_title(plan: StudyPlan, candidate: Candidate) -> str:
    """Return what a candidate is called by itself: "trial 47", "preset Demonstration".

    Where a study began is called a preset where it was one; else nothing is known of it but that.
    """
    if candidate.trial is not None:
        return f"trial {candidate.trial}"
    preset = presets_for(plan.environment_id)[0]
    differing = changed_fields(preset.hyperparameters, plan.base).keys() - {*BUDGET_FIELDS}
    if not candidate.preset and differing:
        return "study's starting settings"
    return f"preset {candidate.preset or preset.name}"


def has_preset_values(plan: StudyPlan, values: Mapping[str, Value]) -> bool:
    """Return whether with these values of the space a run would train as the environment's first preset."""
    preset = asdict(presets_for(plan.environment_id)[0].hyperparameters)
    trained = {**asdict(plan.base), **values}
    return all(trained[name] == preset[name] for name in preset if name not in BUDGET_FIELDS)


def sentences_so_far(plan: StudyPlan, checked: Sequence[CheckedCandidate], n_seeds: int) -> tuple[str, ...]:
    """Return what is seen before all seeds have ended, which claims nothing.

    Args:
        plan: What is searched.
        checked: The candidates.
        n_seeds: How many fresh seeds each of them is to have.
    """
    measure, known = _measure(plan), [candidate for candidate in checked if candidate.seeds]
    means = [
        f"{candidate_name(plan, one.candidate)} {measure.write(one.mean, plan.environment_id)}"
        for one in known
    ]
    n_ended = sum(len(one.seeds) + len(one.failures) for one in checked)
    runs = f"{grouped(n_ended)} of {counted(n_seeds * len(checked), 'run')}"
    seen = f"So far, with {runs} done: {', '.join(means)}." if means else ""
    return tuple(filter(None, [seen, *(_failed(plan, candidate) for candidate in checked)]))


def check_sentences(plan: StudyPlan, checked: Sequence[CheckedCandidate]) -> tuple[str, ...]:
    """Return what can be said: of the best beside what it was in the study, and beside each other one.

    A candidate is not called better where some of its seeds failed: without them its mean is too good. It
    is said which ones failed.

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
        sentences += [_values_known_otherwise(plan, candidate), _failed(plan, candidate)]
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
        f"In the study {candidate_name(plan, best.candidate)} had {before} with "
        f"{counted(plan.n_seeds, 'seed')}; "
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
    name, rival = candidate_name(plan, best.candidate), candidate_name(plan, other.candidate)
    if other.candidate.trial is not None:
        rival += f" (the {other.candidate.name})"
    words = sentence_between(name, rival, _measure(plan), plan.environment_id, gap)
    winner = best if gap.mean > 0.0 else other
    if gap.is_certain and winner.failures:
        return f"Without the seeds that failed, {words}, which therefore proves nothing."
    return f"{_capital(words)}."


def _values_known_otherwise(plan: StudyPlan, checked: CheckedCandidate) -> str:
    """Return that a trial has the preset's values, which is then no candidate, or those of the beginning."""
    candidate, name = checked.candidate, _capital(candidate_name(plan, checked.candidate))
    if candidate.trial is None:
        return ""
    if has_preset_values(plan, candidate.values):
        return f"{name} has the values of the preset {presets_for(plan.environment_id)[0].name}."
    if candidate.values != plan.base_values:
        return ""
    settings = described(plan.environment_id, plan.base, BUDGET_FIELDS)
    return f"{name} has the study's starting settings: {settings}."


def _gap(best: CheckedCandidate, other: CheckedCandidate) -> Difference:
    ours, theirs = best.by_seed, other.by_seed
    both = sorted(ours.keys() & theirs.keys())
    return paired_difference(
        np.array([ours[seed] for seed in both]), np.array([theirs[seed] for seed in both])
    )


def _failed(plan: StudyPlan, checked: CheckedCandidate) -> str:
    if not checked.failures:
        return ""
    name, n_ended = candidate_name(plan, checked.candidate), len(checked.seeds) + len(checked.failures)
    first = next(iter(checked.failures.values())).rstrip(".")
    return (
        f"{_capital(name)}: {len(checked.failures)} of {counted(n_ended, 'fresh seed')} failed and "
        f"{'is' if len(checked.failures) == 1 else 'are'} left out ({first})."
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _measure(plan: StudyPlan) -> Measure:
    """Return how an objective is written, and that more of it is better."""
    return FINAL_RETURN if plan.objective is Objective.EVALUATION else MEAN_RETURN
