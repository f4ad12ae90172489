"""The trial that tries the values of another one again."""

from __future__ import annotations

import optuna
from optuna.trial import FrozenTrial, TrialState

from ppo_desktop.study.trial_reading import RANDOM

DEATHS = "deaths"
"""User attribute of a trial: how many processes have died at its values."""
_OF_THE_VALUES = ("grid_id", "search_space", "fixed_params", "failed_trial")
"""System attributes of Optuna that belong to a trial's values; pruners keep there how far it has come."""
_HISTORY = "retry_history"


def deaths_at(trial: FrozenTrial) -> int:
    """Return how many processes have died at a trial's values before."""
    deaths = trial.user_attrs.get(DEATHS)
    return deaths if isinstance(deaths, int) and deaths >= 0 else 0


def retry_of(trial: FrozenTrial, deaths: int) -> FrozenTrial:
    """Return a trial that waits, with the values of another; as Optuna's own callback would make it.

    Args:
        trial: The other one.
        deaths: How many processes have died at its values by now.
    """
    history = trial.system_attrs.get(_HISTORY)
    system = {key: trial.system_attrs[key] for key in _OF_THE_VALUES if key in trial.system_attrs}
    system.setdefault("failed_trial", trial.number)
    system[_HISTORY] = [*(history if isinstance(history, list) else []), trial.number]
    user = {RANDOM: trial.user_attrs[RANDOM]} if RANDOM in trial.user_attrs else {}
    return optuna.create_trial(
        state=TrialState.WAITING,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs=user | ({DEATHS: deaths} if deaths else {}),
        system_attrs=system,
    )
