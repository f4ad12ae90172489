"""What the Maps page says in words. No widgets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from ppo_desktop.comparison.measures import MEAN_RETURN, MEASURES, Measure, measures_for
from ppo_desktop.comparison.record import N_BINS, RunRecord, steps_after
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.quantities import COMPARED
from ppo_desktop.study.map_axes import cell_words
from ppo_desktop.study.map_digest import CellState, MapDigest, MapQuestion, Statistic
from ppo_desktop.study.study_plan import EVALUATION_EPISODES, Objective, StudyPlan
from ppo_desktop.study.trials import TrialRecord


def moment_words(n_bins: int, total_steps: int) -> Sequence[str]:
    """Return how much of training is shown, from the fullest wording to the shortest."""
    steps, total = grouped(round(steps_after(n_bins, total_steps))), grouped(total_steps)
    if n_bins == N_BINS:
        return f"after all {total} steps", f"{total} steps"
    return f"after {steps} of {total} steps", f"{steps} steps"


def statistic_words(statistic: Statistic, n_known: int, n_seeds: int) -> str:
    """Return what a number of a cell is of its seeds: "mean of 3 seeds", "mean of 2 of 3 seeds".

    Args:
        statistic: How their numbers become one.
        n_known: How many of them have a number.
        n_seeds: How many there are.
    """
    if n_seeds == 1:
        return "seed 1 only"
    seeds = f"{n_seeds} seeds" if n_known == n_seeds else f"{n_known} of {n_seeds} seeds"
    return {
        Statistic.MEAN: f"mean of {seeds}",
        Statistic.WORST: f"worst of {seeds}",
        Statistic.SPREAD: f"highest less lowest of {seeds}",
    }[statistic]


def result_label(question: MapQuestion) -> str:
    """Return what is asked for, in full, as menus write it."""
    return result_labels()[question.result]


def result_labels() -> dict[str, str]:
    """Return {name: label} of everything a map can show: results of runs, then quantities at a moment."""
    results = {measure.name: measure.label for measure in MEASURES.values()}
    quantities = {
        name: f"{quantity.with_unit(quantity.title)} at the moment shown"
        for name, quantity in COMPARED.items()
    }
    return {**results, **quantities}


def offered_results(environment_id: str) -> dict[str, Option]:
    """Return {name: what there is to say about it} of what a map of an environment can show.

    The labels are short, so that they are seen whole above a map; in full they are the meanings.
    """
    meaningful = {measure.name for measure in measures_for(environment_id)}
    return {
        name: Option(_short_label(name), label)
        for name, label in result_labels().items()
        if name in meaningful or name in COMPARED
    }


def _short_label(name: str) -> str:
    """Return "Entropy, last 20 %, bits" for a result, "Entropy at the moment, bits" for a quantity."""
    measure = MEASURES.get(name)
    if measure is None:
        return COMPARED[name].with_unit(f"{COMPARED[name].short_title} at the moment")
    title, span = measure.quantity.short_title, measure.reduction.short_span
    return measure.quantity.with_unit(f"{title}, {span}") if span else measure.label


def scale_measure(question: MapQuestion) -> Measure:
    """Return a result that is scaled and written as what is asked for."""
    return question.measure or next(each for each in MEASURES.values() if each.quantity is question.quantity)


def written(digest: MapDigest, value: float) -> str:
    """Return a number of a map as it is written everywhere."""
    return scale_measure(digest.question).write(value, digest.plan.environment_id)


def number_line(digest: MapDigest, cell: int) -> str:
    """Return a cell's number and what it is of its seeds, or why there is none."""
    state = CellState(int(digest.states.flat[cell]))
    if state is not CellState.MEASURED:
        return "being measured" if state is CellState.RUNNING else "not measured yet"
    n_seeds = digest.plan.n_seeds
    n_known = int(np.isfinite(digest.by_seed.reshape(-1, n_seeds)[cell]).sum())
    words = statistic_words(digest.question.statistic, n_known, n_seeds)
    n_unsolved = n_known - int(digest.solved.flat[cell]) if _is_until_solved(digest.question) else 0
    note = f", {n_unsolved} not solved by then" if n_unsolved > 0 else ""
    return f"{written(digest, float(digest.values.flat[cell]))}, {words}{note}"


def seed_lines(digest: MapDigest, trial: TrialRecord | None) -> list[str]:
    """Return what each seed of a cell came to: its number, and what happened to it; nothing before that."""
    if trial is None or trial.combination is None or not trial.state.is_done:
        return []
    numbers = digest.by_seed.reshape(-1, digest.plan.n_seeds)[trial.combination]
    lines = [f"seed {seed}: {written(digest, number)}" for seed, number in enumerate(numbers.tolist(), 1)]
    steps = steps_after(digest.question.n_bins, digest.plan.total_steps)
    for place, run in enumerate(trial.runs[: len(lines)]):
        signs = [*_signs(run, steps)]
        if _is_until_solved(digest.question) and run.is_usable and not _is_solved(run, steps):
            signs.append("not solved by then")
        lines[place] = ", ".join([lines[place], *signs])
    return lines


def _is_until_solved(question: MapQuestion) -> bool:
    """Whether steps until solved are asked for, which of a seed that is not solved are those it has done."""
    return question.measure is not None and question.measure.needs_threshold


def _is_solved(run: RunRecord, steps: float) -> bool:
    return run.steps_to_threshold is not None and run.steps_to_threshold <= steps


def _signs(run: RunRecord, steps: float) -> Iterator[str]:
    """Yield what has happened to a run by then."""
    is_over = steps >= run.total_steps
    if run.steps_to_threshold is not None and run.steps_to_threshold <= steps:
        yield f"solved after {grouped(run.steps_to_threshold)} steps"
    if run.has_collapsed and is_over:
        yield "collapsed"
    if run.has_diverged and (is_over or run.steps <= steps):
        yield f"diverged after {grouped(run.steps)} steps"


def values_words(plan: StudyPlan, cell: int) -> str:
    """Return what a cell's values are: "ε = 0.2 · α = 1e−3"."""
    return cell_words(plan.combination_values(cell))


def best_words(plan: StudyPlan, best: TrialRecord, n_equal: int) -> str:
    """Return how the best is spoken of before it has been checked on fresh seeds."""
    number = MEAN_RETURN.write(math.nan if best.objective is None else best.objective, plan.environment_id)
    what = (
        f"return of {EVALUATION_EPISODES} episodes of the deterministic policy"
        if plan.objective is Objective.EVALUATION
        else "return over all steps"
    )
    seeds = "of one seed" if plan.n_seeds == 1 else f"mean of {plan.n_seeds} seeds"
    others = f" (and {n_equal} more)" if n_equal else ""
    return f"Highest {what} so far, {seeds}: {number}{others}"
