"""Samplers, which choose values, and pruners, which end trials early; importable without Optuna."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.study_plan import MOST_COMBINATIONS, REPORTS, Strategy, StudyPlan

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

RANDOM_TRIALS = 10
"""Trials with a value that TPE and the Gaussian process want to know of before they choose themselves."""
STARTUP_TRIALS = 5
"""Complete trials without which the median ends none."""
_HALVING_FACTOR = 2
"""How much longer trials go on from one rung of successive halving to the next."""

TPE, RANDOM, GRID, CMA_ES, GAUSSIAN_PROCESS, QUASI_RANDOM = "tpe", "random", "grid", "cmaes", "gp", "qmc"
MAP = "map"
NO_PRUNER, MEDIAN, HALVING = "none", "median", "halving"
SAMPLER_NAMES = (TPE, RANDOM, GRID, CMA_ES, GAUSSIAN_PROCESS, QUASI_RANDOM, MAP)
EXHAUSTIVE = frozenset({GRID, MAP})
"""Those that try every combination of the grid once; then the search is over."""
PRUNER_NAMES = (NO_PRUNER, MEDIAN, HALVING)


@cache
def samplers() -> dict[str, Option]:
    """Return every sampler by its name, the usual one first."""
    return {
        TPE: Option(
            "TPE",
            f"Draws {RANDOM_TRIALS} trials at random, then prefers values that look more like those of the "
            "good trials than like those of the others (tree-structured Parzen estimator).",
        ),
        RANDOM: Option(
            "Random", "Draws every value at random, evenly on its scale, whatever trials have shown."
        ),
        GRID: Option(
            "Grid",
            "Tries every combination of a few values each, in a shuffled order; then the search is over.",
        ),
        CMA_ES: Option(
            "CMA-ES",
            "Moves a cloud of trials towards the better ones (evolution strategy). It needs two ranges of "
            "numbers at least; switches, choices and γ it draws at random.",
            _missing("cmaes"),
        ),
        GAUSSIAN_PROCESS: Option(
            "Gaussian process",
            f"Draws {RANDOM_TRIALS} trials at random, then tries where a smooth model of all trials promises "
            "most; slow beyond some hundred trials.",
            _missing("scipy", "torch"),
        ),
        QUASI_RANDOM: Option(
            "Quasi-random",
            "Like random, but spread more evenly over the space (a Sobol sequence).",
            _missing("scipy"),
        ),
        MAP: Option(
            "Map",
            "Tries every combination of two hyperparameters, from coarse to fine, and sooner where "
            "neighbours disagree; then the search is over.",
        ),
    }


@cache
def pruners() -> dict[str, Option]:
    """Return every pruner by its name, the usual one first."""
    return {
        NO_PRUNER: Option("None", "Every trial learns to its end."),
        MEDIAN: Option(
            "Median",
            "Ends a trial whose best return so far is below the median of the others at the same step: after "
            f"a quarter of its budget, once {STARTUP_TRIALS} trials are complete.",
        ),
        HALVING: Option(
            "Successive halving",
            "After an eighth, a quarter and half of the budget, only trials among the better half of those "
            "that came so far go on.",
        ),
    }


def _missing(*modules: str) -> str:
    """Return which packages would have to be installed, empty if all are."""
    absent = [name for name in modules if find_spec(name) is None]
    return f"Needs the package {' and '.join(absent)}: pip install {' '.join(absent)}" if absent else ""


def check_strategy(plan: StudyPlan, strategy: Strategy) -> None:
    """Raise InvalidStudy for what cannot choose or end the trials of a plan.

    It is not known, not installed, its grid is too large, or it cannot search such a space.
    """
    for kind, name, known in (
        ("sampler", strategy.sampler, samplers()),
        ("pruner", strategy.pruner, pruners()),
    ):
        if name not in known:
            raise InvalidStudy(f"There is no {kind} “{name}”; choose one of {', '.join(known)}.")
        if known[name].unavailable:
            raise InvalidStudy(f"{known[name].label} cannot be used here. {known[name].unavailable}.")
    if strategy.sampler == MAP and len(plan.space) != 2:
        raise InvalidStudy("A map is of two hyperparameters: search just two, or choose a grid.")
    if strategy.sampler in EXHAUSTIVE and plan.combinations > MOST_COMBINATIONS:
        raise InvalidStudy(
            f"The grid has {counted(plan.combinations, 'combination')}, more than "
            f"{grouped(MOST_COMBINATIONS)}: search fewer hyperparameters, take fewer values of each, or "
            "choose TPE."
        )
    if strategy.sampler == CMA_ES and sum(dimension.is_range for dimension in plan.space) < 2:
        raise InvalidStudy("CMA-ES needs two ranges of numbers at least: search another one, or choose TPE.")


def make_sampler(plan: StudyPlan, strategy: Strategy) -> BaseSampler:
    """Return Optuna's sampler, seeded so that a trial's number alone decides its random numbers.

    Raises InvalidStudy as `check_strategy` does.
    """
    check_strategy(plan, strategy)
    from ppo_desktop.study import sampling

    if strategy.sampler == GRID:
        return sampling.Grid(plan, strategy.seed)
    if strategy.sampler == MAP:
        return sampling.MapSampler(plan, strategy.seed)
    return sampling.SeededSampler(strategy.sampler, strategy.seed)


def make_pruner(plan: StudyPlan, strategy: Strategy) -> BasePruner:
    """Return Optuna's pruner, whose steps are environment steps of a run; raise as `check_strategy` does."""
    check_strategy(plan, strategy)
    from optuna.pruners import MedianPruner, NopPruner, SuccessiveHalvingPruner

    if strategy.pruner == MEDIAN:
        return MedianPruner(STARTUP_TRIALS, n_warmup_steps=plan.total_steps // 4)
    if strategy.pruner == HALVING:
        return SuccessiveHalvingPruner(min_resource=_first_rung(plan), reduction_factor=_HALVING_FACTOR)
    return NopPruner()


def rungs(plan: StudyPlan, strategy: Strategy) -> frozenset[int]:
    """Return the environment steps at which the pruner has to know how good a trial is.

    The median compares the best so far at every point of the learning curve; halving looks at the first
    points beyond its rungs. At the end of the budget there is nothing left to save.
    """
    points = [plan.total_steps * number // REPORTS for number in range(1, REPORTS)]
    if strategy.pruner == MEDIAN:
        return frozenset(points)
    if strategy.pruner != HALVING:
        return frozenset()
    found, rung = set(), _first_rung(plan)
    for point in points:
        if point >= rung:
            found.add(point)
            rung *= _HALVING_FACTOR
    return frozenset(found)


def _first_rung(plan: StudyPlan) -> int:
    return plan.total_steps // 8
