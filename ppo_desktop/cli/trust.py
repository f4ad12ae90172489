"""Environments whose ids name a module: made only where the user has said that very id."""

from __future__ import annotations

from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.environments import close_environment, make_environment


def trust_module(environment_id: str | None) -> None:
    """Import the module that the user has named in an environment's id: "module:Name-v0".

    Raises:
        UnsupportedEnvironment: There is no such environment.
    """
    if environment_id is not None and EnvironmentId.of(environment_id).module:
        close_environment(environment_id, make_environment(environment_id))
