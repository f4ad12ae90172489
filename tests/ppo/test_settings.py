from __future__ import annotations

import itertools

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.environment import Preset
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.presets import (
    described,
    nearest_preset,
    preset_with_id,
    presets_for,
    uncounted_fields,
)
from ppo_desktop.ppo.seeding import Stream, agent_seed, stream_seed
from ppo_desktop.ppo.settings import LARGEST_SEED, RunSettings

PRESETS = [
    (environment_id, preset)
    for environment_id in [*KNOWN_ENVIRONMENTS, "Unknown-v0"]
    for preset in presets_for(environment_id)
]


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize(
    ("environment_id", "preset"), PRESETS, ids=[f"{name} {preset.id}" for name, preset in PRESETS]
)
def test_every_preset_makes_a_run_with_either_algorithm(
    environment_id: str, preset: Preset, algorithm: Algorithm
) -> None:
    settings = RunSettings(environment_id, algorithm, preset.hyperparameters, 1)
    assert settings.hyperparameters is preset.hyperparameters
    assert preset.note.endswith(".")


def test_ids_and_names_of_presets_are_unique_in_each_environment() -> None:
    for environment_id in KNOWN_ENVIRONMENTS:
        presets = presets_for(environment_id)
        assert len({preset.id for preset in presets}) == len(presets)
        assert len({preset.name for preset in presets}) == len(presets)


def test_an_environment_with_arguments_has_the_presets_of_that_without() -> None:
    assert presets_for("Pendulum-v1?g=1.6") == presets_for("Pendulum-v1") != presets_for("FrozenLake-v1")


def test_a_preset_is_found_by_its_id() -> None:
    assert all(preset_with_id(environment_id, preset.id) is preset for environment_id, preset in PRESETS)
    assert preset_with_id("Pendulum-v1", "fastest") is None


def test_the_stepwise_preset_has_a_ratio_that_is_always_one() -> None:
    stepwise = preset_with_id("CartPole-v1", "stepwise")
    assert stepwise is not None
    assert stepwise.hyperparameters.samples_per_rollout == 1
    assert stepwise.hyperparameters.gae_lambda == 0


@pytest.mark.parametrize("seed", [-1, LARGEST_SEED + 1])
def test_a_seed_outside_the_range_is_refused(seed: int) -> None:
    with pytest.raises(InvalidHyperparameter, match="Seed"):
        RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), seed)


@pytest.mark.parametrize("seed", [0, LARGEST_SEED])
def test_the_ends_of_the_seed_range_are_allowed(seed: int) -> None:
    assert RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), seed).seed == seed


def test_contradictory_parts_are_refused_only_for_the_algorithm_they_matter_to() -> None:
    too_many = Hyperparameters(n_envs=1, rollout_length=1, n_minibatches=2)
    with pytest.raises(InvalidHyperparameter, match="2 minibatches"):
        RunSettings("CartPole-v1", Algorithm.PPO, too_many, 1)
    assert RunSettings("CartPole-v1", Algorithm.A2C, too_many, 1).hyperparameters is too_many


def test_every_stream_and_agent_of_many_runs_has_a_seed_of_its_own() -> None:
    seeds = [agent_seed(seed, agent) for seed, agent in itertools.product(range(200), range(32))]
    seeds += [
        stream_seed(seed, stream) for seed in range(200) for stream in Stream if stream != Stream.AGENTS
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_no_two_names_mean_the_same_stream() -> None:
    """Two members of equal value would be one to Python, and unseen by the test above."""
    assert [stream.name for stream in Stream] == list(Stream.__members__)


def test_seeds_are_the_same_on_every_machine() -> None:
    assert stream_seed(1, Stream.ACTIONS) == stream_seed(1, Stream.ACTIONS)
    assert agent_seed(1, 0) == 1_863_272_176


def test_settings_are_described_by_the_nearest_preset_and_what_differs_from_it() -> None:
    demonstration, fastest, _ = presets_for("CartPole-v1")
    own = demonstration.hyperparameters.changed({"clip_range": None, "gamma": 0.9, "normalize_rewards": True})
    assert described("CartPole-v1", demonstration.hyperparameters) == demonstration.name
    assert described("CartPole-v1", own) == "Demonstration with ε = off, γ = 0.9, scale rewards = on"
    assert described("CartPole-v1", own, {"gamma", "normalize_rewards"}) == "Demonstration with ε = off"
    assert described("CartPole-v1", fastest.hyperparameters.changed({"n_epochs": 3})) == "Fastest with K = 3"


@pytest.mark.parametrize(
    ("values", "differing"),
    [
        ({"total_steps": 4096}, ""),
        ({"total_steps": 4096, "stop_when_solved": True}, ""),
        ({"total_steps": 4096, "anneal": True}, "anneal α and ε = on, total steps = 4 096"),
    ],
    ids=str,
)
def test_when_a_run_ends_counts_as_a_change_only_where_annealing_goes_by_it(
    values: dict[str, Value], differing: str
) -> None:
    hyperparameters = presets_for("CartPole-v1")[0].hyperparameters.changed(values)
    found = nearest_preset("CartPole-v1", hyperparameters, uncounted_fields(hyperparameters))
    assert found == (presets_for("CartPole-v1")[0], differing)


def test_a_label_within_a_sentence_keeps_its_abbreviations() -> None:
    labels = {name: DECLARATIONS[name].label_within for name in ("target_kl", "gae_lambda", "anneal")}
    assert labels == {"target_kl": "target KL", "gae_lambda": "GAE lambda", "anneal": "anneal α and ε"}
