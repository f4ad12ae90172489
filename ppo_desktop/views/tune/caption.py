"""What was searched, in one line: it stands under figures, which go where nobody can ask."""

from __future__ import annotations

import datetime

from ppo_desktop import __version__
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.study.digest import StudyDigest
from ppo_desktop.study.plan import Strategy
from ppo_desktop.study.samplers import samplers
from ppo_desktop.views.tune.wording import seeds_words


def caption(digest: StudyDigest, strategy: Strategy, day: datetime.date | None = None) -> str:
    """Return environment, algorithm, sampler, trials, objective, budget, day and version.

    Args:
        digest: What the figure shows.
        strategy: Who chose the trials last.
        day: When; today if it is not given.
    """
    plan = digest.plan
    sampler = samplers().get(strategy.sampler)
    finished = sum(trial.state.is_finished for trial in digest.trials)
    parts = [
        plan.environment_id,
        plan.algorithm.label,
        *([] if sampler is None else [sampler.label]),
        counted(finished, "trial"),
        f"{plan.objective.label.lower()}, {grouped(plan.total_steps)} steps, {seeds_words(plan.n_seeds)}",
        (day or datetime.date.today()).isoformat(),
        f"PPO Desktop {__version__}",
    ]
    return " · ".join(parts)
