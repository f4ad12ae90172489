"""What the Tune page says in words. No widgets."""

from __future__ import annotations

import math

from ppo_desktop.comparison.measures import MEAN_RETURN
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.study_plan import EVALUATION_EPISODES, Objective


def objective_sentence(objective: Objective, total_steps: int, n_seeds: int) -> str:
    """Return what is maximised, whole."""
    if objective is Objective.EVALUATION:
        what = (
            f"the mean return of {EVALUATION_EPISODES} episodes of the deterministic policy after "
            f"{grouped(total_steps)} steps"
        )
    else:
        what = (
            f"the return of training over all {grouped(total_steps)} steps, which is the area under the "
            "learning curve"
        )
    return f"Maximised: {what}, {seeds_words(n_seeds)}."


def seeds_words(n_seeds: int) -> str:
    """Return what is done about seeds: "mean over seeds 1 and 2"."""
    if n_seeds == 1:
        return "seed 1 only"
    return "mean over seeds 1 and 2" if n_seeds == 2 else f"mean over seeds 1 to {n_seeds}"


def too_few_trials(who_needs: str, fewest: int, n: int) -> str:
    """Return how many complete trials something needs, "Importances need", and how many there are."""
    there = f"there {'is' if n == 1 else 'are'} {grouped(n)}" if n else "there are none yet"
    return f"{who_needs} at least {fewest} complete trials; {there}."


def short_name(field: str) -> str:
    """Return a hyperparameter's symbol, or its name where it has none."""
    return DECLARATIONS[field].short_name


def objective_text(value: float | None, environment_id: str) -> str:
    """Return an objective as returns of the environment are written everywhere: "493.2", "—" for none."""
    return MEAN_RETURN.write(math.nan if value is None else value, environment_id)
