"""Train, Tune and the command line agree on what changes nothing, and say why."""

from __future__ import annotations

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.usefulness import why_of_no_use


@pytest.mark.parametrize(
    ("field", "algorithm", "is_discrete", "reason"),
    [
        ("clip_range", Algorithm.A2C, True, "A2C"),
        ("clip_range", Algorithm.PPO, True, ""),
        ("learning_rate", Algorithm.A2C, True, ""),
        ("initial_log_std", Algorithm.PPO, True, "Discrete actions"),
        ("initial_log_std", Algorithm.PPO, False, ""),
        ("initial_log_std", Algorithm.A2C, None, ""),
    ],
)
def test_what_changes_nothing_has_a_reason(
    field: str, algorithm: Algorithm, is_discrete: bool | None, reason: str
) -> None:
    said = why_of_no_use(field, algorithm, is_discrete=is_discrete)
    assert said.startswith(reason)
    assert bool(said) is bool(reason)
