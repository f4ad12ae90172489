"""What was searched, in one line: it stands under figures, which go where nobody can ask."""

from __future__ import annotations

import datetime

from ppo_desktop import __version__
from ppo_desktop.comparison.plan import BUDGET_FIELDS
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described
from ppo_desktop.study.digest import StudyDigest
from ppo_desktop.study.plan import Strategy
from ppo_desktop.study.samplers import NO_PRUNER, pruners, samplers
from ppo_desktop.views.tune.wording import seeds_words


def caption(digest: StudyDigest, strategy: Strategy, day: datetime.date | None = None) -> str:
    """Return environment, algorithm, what is not searched, sampler, pruner, trials and all else there is.

    Args:
        digest: What the figure shows.
        strategy: Who chose the trials last, and who ended some early.
        day: When; today if it is not given.
    """
    plan = digest.plan
    finished = sum(trial.state.is_done for trial in digest.trials)
    parts = [
        plan.environment_id,
        plan.algorithm.label,
        f"all else: {described(plan.environment_id, plan.base, {*plan.fields, *BUDGET_FIELDS})}",
        *_strategy_words(strategy),
        counted(finished, "trial"),
        f"{plan.objective.label.lower()}, {grouped(plan.total_steps)} steps, {seeds_words(plan.n_seeds)}",
        (day or datetime.date.today()).isoformat(),
        f"PPO Desktop {__version__}",
    ]
    return " · ".join(parts)


def _strategy_words(strategy: Strategy) -> list[str]:
    """Return the sampler, and the pruner if there is one: "TPE, median pruner"."""
    names = [choice.label for choice in [samplers().get(strategy.sampler)] if choice is not None]
    pruner = pruners().get(strategy.pruner)
    if pruner is not None and strategy.pruner != NO_PRUNER:
        names.append(f"{pruner.label.lower()} pruner")
    return [", ".join(names)] if names else []
