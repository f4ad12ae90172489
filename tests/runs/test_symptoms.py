"""What is said about a run follows from its latest updates, at stated thresholds."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import (
    EpisodeEnded,
    FinishReason,
    GoodMoment,
    HyperparametersChanged,
    RunFinished,
    RunStarted,
)
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import symptoms
from ppo_desktop.runs.advice import Advice
from ppo_desktop.runs.history import History
from ppo_desktop.runs.symptoms import Severity, Symptom, best_is_lost, can_be_judged, ended_early, symptom_of
from tests.updates import UPDATE

BIT = math.log(2)
SOUND = dataclasses.replace(
    UPDATE, steps=256, policy_entropy=0.5 * BIT, clip_fraction=0.06, gradient_cut_fraction=0.03
)


def begin(
    environment_id: str = "CartPole-v1",
    algorithm: Algorithm = Algorithm.PPO,
    n_actions: int | None = 2,
    **values: Any,
) -> History:
    history = History()
    settings = RunSettings(environment_id, algorithm, Hyperparameters(**values), seed=1)
    history.add(RunStarted(settings, n_actions, COMPILED))
    return history


def go_on(history: History, updates: int, **values: Any) -> History:
    for _ in range(updates):
        number = history.updates + 1
        history.add(dataclasses.replace(SOUND, update=number, steps=256 * number, **values))
    return history


def key(history: History) -> str | None:
    symptom = symptom_of(history)
    return None if symptom is None else symptom.key


def shown(history: History) -> Symptom:
    symptom = symptom_of(history)
    assert symptom is not None
    return symptom


def fields(symptom: Symptom) -> list[str]:
    return [advice.field for advice in symptom.advice]


def end_episodes(history: History, *returns: float, mean_return_100: float = 231.0) -> History:
    for episode_return in returns:
        history.add(EpisodeEnded(history.steps, 0, episode_return, 10, mean_return_100))
    return history


# ---- nothing to say


def test_nothing_is_said_before_a_run_and_before_its_first_update() -> None:
    assert symptom_of(History()) is None
    assert symptom_of(begin(n_epochs=1, n_minibatches=1)) is None


def test_a_sound_run_has_no_symptom() -> None:
    history = go_on(begin(), 30)
    for mean_return in (50.0, 150.0, 400.0, 500.0, 430.0):
        assert key(go_on(history, 10, mean_return_100=mean_return)) is None


# ---- collapse


def collapsed(updates: int, mean_return: float, bits: float = 0.01, best: float = 231.0) -> History:
    history = go_on(begin(), 5)
    go_on(history, 3, mean_return_100=best)
    return go_on(history, updates, mean_return_100=mean_return, policy_entropy=bits * BIT, approx_kl=0.0)


def test_a_certain_policy_with_a_lost_return_has_collapsed() -> None:
    history = collapsed(5, 9.4)
    symptom = shown(history)
    assert symptom.key == "collapse"
    assert "entropy 0.01 bits" in symptom.sentence
    assert "mean of the last 100 episodes 9.4 after a best of 231.0 (mean of 100)" in symptom.sentence
    assert fields(symptom) == ["learning_rate", "entropy_coef"]
    assert symptom.severity is Severity.WARNING
    assert best_is_lost(history)


def test_four_updates_of_certainty_are_not_yet_a_collapse() -> None:
    assert key(collapsed(4, 9.4)) != "collapse"


def test_a_solved_run_with_a_certain_policy_has_not_collapsed() -> None:
    assert key(collapsed(20, 500.0, bits=0.0, best=500.0)) is None
    assert key(collapsed(20, 480.0, bits=0.0, best=500.0)) is None


@pytest.mark.parametrize(("mean_return", "expected"), [(126.6, None), (126.4, "collapse")])
def test_a_certain_policy_has_collapsed_when_half_the_gain_is_lost(
    mean_return: float, expected: str | None
) -> None:
    """From 22 to a best of 231: half the gain is lost at 126.5."""
    assert key(collapsed(5, mean_return)) == expected


@pytest.mark.parametrize(("bits", "expected"), [(0.0199, "collapse"), (0.0201, "fallen_back")])
def test_below_two_hundredths_of_a_bit_a_policy_is_certain(bits: float, expected: str) -> None:
    assert key(collapsed(5, 9.4, bits=bits)) == expected


def test_a_certain_policy_that_was_never_better_than_at_the_start_has_collapsed() -> None:
    history = go_on(begin(), 3)
    go_on(history, 5, mean_return_100=9.4, policy_entropy=0.0)
    assert "no better than at the start (22.0)" in shown(history).sentence


def test_a_certain_policy_a_little_better_than_at_the_start_is_not_judged() -> None:
    history = go_on(begin(), 3)
    assert key(go_on(history, 5, mean_return_100=30.0, policy_entropy=0.0)) is None


def test_a_gaussian_policy_may_be_as_narrow_as_it_likes() -> None:
    history = go_on(begin("Pendulum-v1", n_actions=None), 3, mean_return_100=-1200.0)
    assert key(go_on(history, 9, mean_return_100=-1300.0, policy_entropy=-3.0)) is None


def test_of_rollouts_with_few_samples_twenty_must_agree() -> None:
    history = go_on(begin(n_envs=1, rollout_length=1, n_minibatches=1), 3)
    certain = {"mean_return_100": 9.4, "policy_entropy": 0.0}
    assert key(go_on(history, 19, **certain)) == "too_few_samples"
    assert key(go_on(history, 1, **certain)) == "collapse"


# ---- updates that are too large


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"approx_kl": 0.09}, None),
        ({"approx_kl": 0.11}, "too_large_updates"),
        ({"max_ratio": 3.9}, None),
        ({"max_ratio": 4.1}, "too_large_updates"),
    ],
    ids=str,
)
def test_five_updates_in_a_row_beyond_the_limit_are_too_large(
    values: dict[str, float], expected: str | None
) -> None:
    history = go_on(begin(), 5)
    assert key(go_on(history, 4, **values)) is None
    assert key(go_on(history, 1, **values)) == expected


def with_large_steps(n_large: int, **measured: float) -> History:
    """Updates of which every fourth is a large step."""
    history = begin()
    for _ in range(n_large):
        go_on(go_on(history, 3, **measured), 1, approx_kl=0.11, **measured)
    return history


def test_where_the_returns_stand_large_steps_nothing_is_advised_against_them() -> None:
    symptom = shown(with_large_steps(5, mean_return_100=490.0))
    assert (symptom.key, symptom.advice) == ("frequent_large_steps", ())
    assert "490" in symptom.sentence


@pytest.mark.parametrize(("n_large", "expected"), [(4, None), (5, "frequent_large_steps")])
def test_large_steps_that_come_now_and_then_are_a_note_with_what_makes_them_smaller(
    n_large: int, expected: str | None
) -> None:
    history = with_large_steps(n_large)
    assert key(history) == expected
    if expected:
        assert f"{n_large} of the last 20 updates" in shown(history).sentence
        assert shown(history).severity is Severity.NOTE
        assert fields(shown(history)) == ["learning_rate", "target_kl"]


def test_it_is_said_that_the_clip_bounds_no_ratio_unless_there_is_none() -> None:
    large = {"approx_kl": 0.3, "max_ratio": 6.23, "min_ratio": 0.12}
    clipped, free = (shown(go_on(begin(clip_range=epsilon), 5, **large)) for epsilon in (0.2, None))
    assert "KL 0.30 nats, ratios from 0.12 to 6.2; clipping does not bound the ratio" in clipped.sentence
    assert fields(clipped) == ["learning_rate", "target_kl"]
    assert "clipping" not in free.sentence
    assert free.advice[0] == Advice("clip_range", 0.2)


@pytest.mark.parametrize(
    ("algorithm", "epsilon", "named"),
    [
        (Algorithm.PPO, 0.8, "clip_range"),
        (Algorithm.PPO, 0.2, "learning_rate"),
        (Algorithm.A2C, 0.8, "learning_rate"),
        (Algorithm.A2C, None, "learning_rate"),
    ],
)
def test_what_to_try_is_the_slider_that_is_to_blame(
    algorithm: Algorithm, epsilon: float | None, named: str
) -> None:
    symptom = shown(go_on(begin(algorithm=algorithm, clip_range=epsilon), 5, approx_kl=0.3))
    assert fields(symptom)[0] == named
    assert ("target_kl" in fields(symptom)) is (algorithm is Algorithm.PPO)


@pytest.mark.parametrize("values", [{}, {"target_kl": 0.02}, {"target_kl": 0.01}])
def test_a_brake_that_is_on_is_not_advised(values: dict[str, float]) -> None:
    symptom = shown(go_on(begin(**values), 5, approx_kl=0.3))
    assert ("target_kl" in fields(symptom)) is not bool(values)


# ---- falling back


def test_a_run_that_has_lost_half_of_its_gain_has_fallen_back() -> None:
    history = go_on(go_on(begin(), 3), 1, mean_return_100=231.0)
    assert key(go_on(history, 4, mean_return_100=100.0)) is None
    symptom = shown(go_on(history, 1, mean_return_100=100.0))
    assert symptom.key == "fallen_back"
    assert "episodes 100.0 after a best of 231.0 (mean of 100) at step 1 024" in symptom.sentence
    assert best_is_lost(history)


def test_the_best_is_lost_also_where_something_graver_is_named() -> None:
    history = go_on(go_on(begin(), 3), 1, mean_return_100=231.0)
    assert not best_is_lost(go_on(history, 5, approx_kl=0.5, mean_return_100=231.0))
    assert best_is_lost(go_on(history, 5, approx_kl=0.5, mean_return_100=100.0))
    assert key(history) == "too_large_updates"


@pytest.mark.parametrize(("highest", "expected"), [(126.4, "fallen_back"), (126.6, None)])
def test_a_run_has_fallen_back_as_soon_as_each_of_twenty_episodes_has_lost_half_of_the_gain(
    highest: float, expected: str | None
) -> None:
    """From 22 to a best of 231: half the gain is lost at 126.5. The mean of 100 has not yet followed."""
    history = go_on(go_on(begin(), 3), 1, mean_return_100=231.0)
    end_episodes(history, *[231.0] * 80, *[25.0] * 18, highest)
    assert key(go_on(history, 1, mean_return_100=200.0)) is None, "nineteen"
    end_episodes(history, 25.0)
    assert key(history) == expected
    if expected:
        assert "mean of the last 20 episodes 30.1 after a best of" in shown(history).sentence


def test_the_latest_episodes_say_what_the_mean_of_a_hundred_cannot_yet() -> None:
    history = end_episodes(go_on(go_on(begin(), 3), 1, mean_return_100=231.0), *[9.4] * 20)
    assert key(go_on(history, 5, mean_return_100=200.0, policy_entropy=0.0)) == "collapse"


@pytest.mark.parametrize(("change", "advised"), [((0.0, 0.5), 0.0), ((0.1, 0.5), 0.1), (None, 0.05)])
def test_what_is_advised_after_a_fall_is_the_value_of_when_it_went_well(
    change: tuple[float, float] | None, advised: float
) -> None:
    history = go_on(
        go_on(begin(entropy_coef=0.5), 3), 1, mean_return_100=231.0, best=GoodMoment(512, 3, 231.0)
    )
    if change:
        history.add(HyperparametersChanged(history.steps, 5, {"entropy_coef": change}))
    symptom = shown(go_on(history, 9, mean_return_100=100.0, best=GoodMoment(512, 3, 231.0)))
    assert (symptom.key, symptom.advice) == ("fallen_back", (Advice("entropy_coef", advised),))


def test_a_small_gain_cannot_be_lost() -> None:
    history = go_on(go_on(begin(), 3), 1, mean_return_100=70.0)
    assert key(go_on(history, 9, mean_return_100=20.0)) is None


def test_negative_returns_fall_back_too() -> None:
    history = go_on(begin("Acrobot-v1", n_actions=3), 3, mean_return_100=-500.0)
    go_on(history, 1, mean_return_100=-90.0)
    symptom = shown(go_on(history, 5, mean_return_100=-420.0))
    assert "mean of the last 100 episodes −420.0 after a best of −90.0 (mean of 100)" in symptom.sentence


def test_of_an_unknown_environment_the_run_itself_is_the_scale() -> None:
    history = go_on(begin("Unknown-v0"), 3, mean_return_100=-2.0)
    go_on(history, 1, mean_return_100=1.0)
    assert key(go_on(history, 5, mean_return_100=-1.9)) == "fallen_back"


@pytest.mark.parametrize(("best", "expected"), [(0.04, None), (0.4, "fallen_back")])
def test_of_another_environment_its_threshold_belongs_to_the_scale(best: float, expected: str | None) -> None:
    history = go_on(begin("FrozenLake-v1"), 3, mean_return_100=0.0)
    go_on(history, 5, mean_return_100=best)
    assert key(go_on(history, 30, mean_return_100=0.0)) == expected


def test_a_run_without_finished_episodes_has_not_fallen() -> None:
    assert key(go_on(begin(), 9, mean_return_100=math.nan)) is None


# ---- falling back at the end of annealing, a critic that does not learn


def fallen_and_annealed(remaining: float, lately: float = 146.0, **values: Any) -> History:
    """From a first mean of 22 to 282 in twenty episodes, of which a mean of 100 has seen 209 only."""
    samples = Hyperparameters().samples_per_rollout
    history = begin(**{"anneal": True, "total_steps": 100 * samples, "clip_range": 0.8} | values)
    go_on(history, 3)
    end_episodes(history, *[282.0] * 20, *[lately] * 20)
    steps = round((1 - remaining) * 100 * samples) + samples
    history.add(dataclasses.replace(SOUND, update=4, steps=steps, mean_return_100=209.0))
    return history


@pytest.mark.parametrize(
    ("remaining", "lately", "values", "expected"),
    [
        (0.05, 146.0, {}, "fallen_and_annealed"),
        (0.05, 153.0, {}, None),
        (0.15, 146.0, {}, None),
        (0.05, 146.0, {"anneal": False}, None),
    ],
    ids=str,
)
def test_half_of_the_best_mean_of_twenty_is_lost_where_annealing_has_ended(
    remaining: float, lately: float, values: dict[str, Any], expected: str | None
) -> None:
    """Half of the gain from 22 to 282 is lost at 152."""
    history = fallen_and_annealed(remaining, lately, **values)
    assert key(history) == expected
    assert best_is_lost(history) is bool(expected)
    if expected:
        assert fields(shown(history)) == ["clip_range", "anneal"]
        assert "ε 0.04" in shown(history).sentence


def test_a_solved_run_may_end_its_annealing_below_its_best() -> None:
    assert key(fallen_and_annealed(0.05, 475.0)) is None


def unlearnt(updates: int = 20, value_coef: float = 0.0, **values: float) -> History:
    worse_than_the_mean = {"explained_variance": 0.09, "return_spread": 2.0, "value_loss": 6.1} | values
    return go_on(begin(value_coef=value_coef), updates, **worse_than_the_mean)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "unlearnt_critic"),
        ({"explained_variance": 0.11}, None),
        ({"value_loss": 5.9}, None),
        ({"return_spread": 0.0}, None),
    ],
    ids=str,
)
def test_a_critic_that_errs_more_than_the_mean_return_would_in_twenty_updates_does_not_learn(
    values: dict[str, float], expected: str | None
) -> None:
    """Var(R) is 4, of which 1.5 times are 6."""
    assert key(unlearnt(19, **values)) is None
    assert key(unlearnt(20, **values)) == expected


def test_nothing_is_said_of_a_critic_while_returns_hardly_vary() -> None:
    history = go_on(begin(value_coef=0.0), 1, return_spread=21.0)
    assert key(go_on(history, 20, explained_variance=0.0, return_spread=2.0, value_loss=60.0)) is None


def test_a_critic_that_does_not_learn_is_named_where_its_weight_is_small_which_is_advised() -> None:
    assert shown(unlearnt()).advice == (Advice("value_coef", 0.5),)
    assert symptom_of(unlearnt(value_coef=0.5)) is None


# ---- what is no symptom


def test_updates_ended_early_are_told_though_they_are_no_symptom() -> None:
    history = go_on(begin(target_kl=0.01, n_epochs=20), 13, epochs_run=2)
    assert "ended 13 early: 2 of 20 epochs" in ended_early(history)
    assert ended_early(go_on(history, 20, epochs_run=20)) == ""
    assert ended_early(go_on(begin(n_epochs=20), 20, epochs_run=2)) == ""


# ---- ε that silences, a bonus that outweighs, a policy that does not move, ratios of 1


@pytest.mark.parametrize(
    ("clip_fraction", "kl", "expected"),
    [(0.26, 0.0009, "silenced_samples"), (0.24, 0.0009, None), (0.26, 0.0011, None)],
)
def test_a_small_epsilon_that_clips_a_policy_that_hardly_moves(
    clip_fraction: float, kl: float, expected: str | None
) -> None:
    history = go_on(begin(clip_range=0.02), 5, clip_fraction=clip_fraction, approx_kl=kl)
    assert key(history) == expected
    if expected:
        assert "26 % of the ratios" in shown(history).sentence
        assert "KL 0.0009" in shown(history).sentence
        assert shown(history).advice == (Advice("clip_range", 0.2),)
        assert shown(history).severity is Severity.NOTE


@pytest.mark.parametrize(
    ("updates", "coefficient", "share", "expected"),
    [
        (30, 2.0, 0.96, "undecided"),
        (30, 0.5, 0.88, "undecided"),
        (30, 0.3, 0.81, "undecided"),
        (29, 2.0, 0.96, None),
        (30, 0.2, 0.96, None),
        (30, 0.5, 0.79, None),
    ],
)
def test_an_entropy_bonus_that_outweighs_the_return(
    updates: int, coefficient: float, share: float, expected: str | None
) -> None:
    history = go_on(begin(entropy_coef=coefficient), updates, policy_entropy=share * BIT)
    assert key(history) == expected
    if expected:
        assert f"entropy is {share:.2f} bits, {100 * share:.0f} % of its ceiling" in shown(history).sentence
        assert fields(shown(history)) == ["entropy_coef"]


def test_a_bonus_with_which_the_environment_is_solved_outweighs_nothing() -> None:
    history = go_on(begin(entropy_coef=0.5), 40, policy_entropy=0.9 * BIT, mean_return_100=480.0)
    assert key(history) is None


@pytest.mark.parametrize(("n_envs", "rollout_length", "advised"), [(1, 4, 128), (4, 1, 32), (8, 3, 16)])
def test_an_update_on_few_samples_is_said_to_be_chance(
    n_envs: int, rollout_length: int, advised: int
) -> None:
    values = {"n_envs": n_envs, "rollout_length": rollout_length, "n_minibatches": 1}
    history = go_on(begin(**values), 1)
    assert key(history) == "too_few_samples"
    assert f"{n_envs * rollout_length} samples" in shown(history).sentence
    assert shown(history).advice == (Advice("rollout_length", advised),)
    history.add(HyperparametersChanged(history.steps, 2, {"rollout_length": (rollout_length, advised)}))
    assert key(go_on(history, 1)) is None


def test_thirty_two_samples_are_not_few_and_a_solved_run_may_have_as_few_as_it_likes() -> None:
    assert key(go_on(begin(n_envs=8, rollout_length=4), 1)) is None
    few = begin(n_envs=1, rollout_length=4)
    assert key(end_episodes(go_on(few, 1), *[500.0] * 20)) is None


def test_falling_back_on_few_samples_or_with_a_strong_bonus_is_blamed_on_them() -> None:
    def fallen(**values: Any) -> Symptom:
        history = go_on(go_on(begin(**values), 3), 1, mean_return_100=231.0)
        return shown(end_episodes(history, *[9.4] * 20))

    assert fields(fallen(n_envs=1, rollout_length=8)) == ["rollout_length"]
    assert fallen(entropy_coef=0.5).advice == (Advice("entropy_coef", 0.05),)
    assert fallen(learning_rate=3e-3).advice == (Advice("learning_rate", 1e-3),)
    assert fallen(learning_rate=0.1).advice == (Advice("learning_rate", 2e-3),), "that of the preset"


def test_the_ceiling_depends_on_the_number_of_actions() -> None:
    history = begin("GridWorld-v0", n_actions=4, entropy_coef=2.0)
    assert key(go_on(history, 40, policy_entropy=BIT)) is None


@pytest.mark.parametrize(("kl", "expected"), [(4e-6, "motionless"), (6e-6, None)])
def test_a_policy_that_stays_where_it_began(kl: float, expected: str | None) -> None:
    history = go_on(begin(learning_rate=1e-5), 20, approx_kl=kl)
    assert key(history) == expected
    if expected:
        assert "KL 4e-6 nats an update" in shown(history).sentence
        assert fields(shown(history)) == ["learning_rate"]


def test_a_policy_that_rests_for_want_of_rewards_is_not_blamed_on_the_learning_rate() -> None:
    assert key(go_on(begin(learning_rate=1e-4), 30, approx_kl=1e-7)) is None


def test_a_policy_that_has_learnt_may_rest() -> None:
    history = go_on(go_on(begin(learning_rate=1e-5), 3), 30, approx_kl=1e-7, mean_return_100=300.0)
    assert key(history) is None


def test_with_annealing_a_policy_may_come_to_rest() -> None:
    assert key(go_on(begin(learning_rate=1e-5, anneal=True, total_steps=10_000), 30, approx_kl=1e-7)) is None


def test_with_one_gradient_step_every_ratio_is_1() -> None:
    history = go_on(begin(n_epochs=1, n_minibatches=1), 1)
    assert key(history) == "ratios_are_one"
    assert key(go_on(begin(n_epochs=1, n_minibatches=2), 1)) is None
    assert key(go_on(begin(algorithm=Algorithm.A2C), 1)) is None


def test_a_changed_value_counts_from_the_moment_it_is_in_force() -> None:
    history = go_on(begin(n_epochs=1, n_minibatches=1), 1)
    history.add(HyperparametersChanged(history.steps, 2, {"n_epochs": (1, 4)}))
    assert key(go_on(history, 1)) is None


# ---- divergence, and which comes first


def test_a_diverged_run_names_the_cause() -> None:
    history = go_on(begin(learning_rate=0.1), 2)
    history.add(RunFinished(FinishReason.DIVERGED, history.steps, "nan"))
    symptom = shown(history)
    assert symptom.key == "divergence"
    assert best_is_lost(history)
    assert fields(symptom) == ["learning_rate"]


def test_a_run_that_diverged_by_its_rewards_is_told_to_scale_them() -> None:
    history = go_on(begin(learning_rate=0.1), 2)
    history.add(RunFinished(FinishReason.DIVERGED, history.steps, "nan", "normalize_rewards"))
    assert [(advice.field, advice.value) for advice in shown(history).advice] == [("normalize_rewards", True)]


def test_the_gravest_symptom_is_the_one_that_is_named() -> None:
    history = collapsed(5, 9.4)
    go_on(history, 5, mean_return_100=9.4, policy_entropy=0.0, approx_kl=0.5)
    assert key(history) == "collapse"


def test_a_new_run_has_no_symptom_of_the_old() -> None:
    history = collapsed(5, 9.4)
    assert history.settings is not None
    history.add(RunStarted(history.settings, 2, COMPILED))
    assert symptom_of(history) is None


DETECTORS: list[Callable[[History], Symptom | None]] = list(symptoms._DETECTORS)


def test_every_symptom_is_one_sentence_or_two_and_advises_a_value_that_can_be_set() -> None:
    histories = [
        collapsed(5, 9.4),
        collapsed(5, 9.4, bits=0.1),
        go_on(begin(), 5, approx_kl=0.3),
        go_on(begin(clip_range=0.02), 5, clip_fraction=0.3, approx_kl=1e-4),
        go_on(begin(n_envs=1, rollout_length=4), 1),
        go_on(begin(entropy_coef=2.0), 30, policy_entropy=BIT),
        go_on(begin(learning_rate=1e-5), 20, approx_kl=1e-6),
        fruitless(240),
        go_on(begin(n_epochs=1, n_minibatches=1), 1),
    ]
    histories += [fallen_and_annealed(remaining=0.05), unlearnt(), with_large_steps(5)]
    diverged = go_on(begin(), 1)
    diverged.add(RunFinished(FinishReason.DIVERGED, 256, "nan"))
    found = [shown(history) for history in (*histories, diverged)]
    assert len({symptom.key for symptom in found}) == len(DETECTORS)
    for symptom in found:
        assert symptom.sentence.endswith(".")
        assert symptom.advice
        for advice in symptom.advice:
            assert DECLARATIONS[advice.field].check(advice.value) == advice.value
            assert advice.label.startswith(DECLARATIONS[advice.field].label)
        assert len(symptom.sentence + "".join(advice.label for advice in symptom.advice)) < 190


def test_detection_costs_the_same_after_a_hundred_thousand_updates() -> None:
    history = go_on(begin(), 100_000)
    assert len(history.recent) == symptoms.RECENT_UPDATES
    assert symptom_of(history) is None


def test_a_run_is_judged_when_it_has_updates_and_episodes_enough() -> None:
    history = end_episodes(go_on(begin(), 20), *[22.0] * 19)
    assert not can_be_judged(history)
    assert can_be_judged(end_episodes(history, 22.0))
    assert not can_be_judged(end_episodes(go_on(begin(), 19), *[22.0] * 20))


# ---- nothing reached


def fruitless(episodes: int, *others: float, lowest: float = -200.0, **values: Any) -> History:
    """Return a MountainCar run in which so many episodes returned the lowest, and then others did."""
    history = begin("MountainCar-v0", n_actions=3, **values)
    end_episodes(history, *others, *[lowest] * episodes)
    mean = (sum(others) + lowest * episodes) / max(1, len(others) + episodes)
    return go_on(history, 30, mean_return_100=mean)


def test_episodes_that_all_return_the_lowest_there_is_have_reached_nothing() -> None:
    assert key(fruitless(199)) is None
    symptom = shown(fruitless(240))
    assert symptom.key == "nothing_reached"
    assert "240 episodes" in symptom.sentence
    assert "−200" in symptom.sentence
    assert symptom.advice == (Advice("normalize_observations", value=True),)


def test_where_observations_are_normalised_already_nothing_is_advised_against_reaching_nothing() -> None:
    assert key(fruitless(599, normalize_observations=True)) is None
    symptom = shown(fruitless(600, normalize_observations=True))
    assert (symptom.key, symptom.advice, symptom.severity) == ("nothing_reached", (), Severity.NOTE)


def test_one_success_is_enough_to_have_reached_something() -> None:
    assert key(fruitless(240, -199.0)) is None


def test_what_varies_or_is_not_the_lowest_is_no_sign_of_having_reached_nothing() -> None:
    assert key(fruitless(240, lowest=-180.0)) is None
    for environment_id, returned in (
        ("Pendulum-v1", -1200.0),
        ("CartPole-v1", 9.0),
        ("Some/Other-v0", -200.0),
    ):
        history = end_episodes(begin(environment_id), *[returned] * 700)
        assert key(go_on(history, 30, mean_return_100=returned)) is None


@pytest.mark.parametrize(("n_large", "is_said"), [(4, False), (5, True)])
def test_a_fall_says_how_many_of_the_latest_updates_were_large_steps(n_large: int, is_said: bool) -> None:
    history = go_on(go_on(begin(), 5, mean_return_100=22.0), 3, mean_return_100=400.0)
    for _ in range(n_large):
        go_on(history, 1, mean_return_100=30.0, approx_kl=0.3)
        go_on(history, 1, mean_return_100=30.0, approx_kl=0.002)
    go_on(history, 5, mean_return_100=30.0)
    symptom = shown(history)
    assert symptom.key == "fallen_back"
    assert (f"{n_large} were large steps" in symptom.sentence) is is_said
