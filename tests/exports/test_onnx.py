from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from ppo_desktop import library
from ppo_desktop.exports.format import Offer, save
from ppo_desktop.exports.formats import format_called
from ppo_desktop.exports.onnx import model
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.actor_critic import ActorCritic, GaussianActor
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import Spaces, make_environment, spaces_of
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.normalization import ObservationNormalizer, RunningStatistics
from tests.kept_runs import keep_run

Arrays = Mapping[str, NDArray[Any]]
DISCRETE = Spaces(n_observations=5, n_actions=3, first_action=-1)
BOUNDLESS = Spaces(3, None, action_low=(-2.0, -math.inf), action_high=(math.inf, math.inf), action_shape=(2,))
FAR_FROM_ZERO = Spaces(
    2, None, action_low=(100.0,) * 6, action_high=(200.0,) * 6, action_shape=(2, 3), action_dtype="float64"
)
A_NUMBER = Spaces(2, None, action_low=(-0.1,), action_high=(0.1,), action_dtype="float16")


def spaces_in(environment_id: str) -> Spaces:
    with closing(make_environment(environment_id)) as environment:
        return spaces_of(environment)


def networks_for(spaces: Spaces, **values: Any) -> ActorCritic:
    generator = np.random.default_rng(3)
    networks = ActorCritic.initialized(spaces, Hyperparameters(**values), generator)
    networks.parameters[:] += generator.normal(scale=0.3, size=networks.parameters.shape)
    return networks


def normalizer_for(spaces: Spaces, *, enabled: bool) -> ObservationNormalizer:
    size = spaces.n_observations
    normalizer = ObservationNormalizer(size, enabled=enabled)
    normalizer.restore(RunningStatistics(100, np.linspace(-1, 2, size), np.linspace(0.001, 4, size)))
    return normalizer


def run(contents: bytes, observations: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    onnx.checker.check_model(onnx.load_from_string(contents), full_check=True)
    session = onnxruntime.InferenceSession(contents, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"observation": observations}), strict=True))


def expected(
    networks: ActorCritic, normalizer: ObservationNormalizer, observations: NDArray[np.float32]
) -> Arrays:
    """Return what the program itself makes of observations."""
    actor, seen = networks.actor, normalizer(observations)
    outputs = actor.perceptron(seen)
    values = {"value": networks.critic(seen)[:, 0]}
    if not isinstance(actor, GaussianActor):
        actions = actor.most_likely(outputs) + actor.spaces.first_action
        return {**values, "probabilities": actor.probabilities_or_means(outputs), "action": actions}
    spaces, means = actor.spaces, actor.probabilities_or_means(outputs)
    played = means.clip(spaces.action_low, spaces.action_high).astype(spaces.action_dtype)
    return {
        **values,
        "mean": means,
        "standard_deviation": np.tile(actor.describe(outputs[0]).standard_deviations, (len(outputs), 1)),
        "action": played.reshape(-1, *spaces.action_shape),
    }


@pytest.mark.parametrize("normalized", [False, True], ids=["as_given", "normalized"])
@pytest.mark.parametrize(
    "spaces",
    [*map(spaces_in, KNOWN_ENVIRONMENTS), DISCRETE, BOUNDLESS, FAR_FROM_ZERO, A_NUMBER],
    ids=[*KNOWN_ENVIRONMENTS, "first_action", "without_bounds", "bounds_far_from_0", "one_number"],
)
def test_a_model_says_of_a_thousand_observations_what_the_program_does(
    spaces: Spaces, normalized: bool
) -> None:
    networks = networks_for(spaces, normalize_observations=normalized)
    normalizer = normalizer_for(spaces, enabled=normalized)
    generator = np.random.default_rng(0)
    observations = generator.normal(scale=3, size=(1000, spaces.n_observations)).astype(np.float32)
    found = run(model(networks, normalizer, "?"), observations)
    wanted = expected(networks, normalizer, observations)
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert found[name].shape == values.shape, name
        exactness = 1e-3 if values.dtype == np.float16 else 1e-5
        near_zero = exactness * max(1.0, np.abs(values).max())  # sums of large numbers, as 150 − 149.9
        np.testing.assert_allclose(found[name], values, rtol=exactness, atol=near_zero, err_msg=name)
    assert found["action"].dtype == wanted["action"].dtype


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_networks_may_have_any_size_and_either_activation(activation: str, layers: int) -> None:
    networks = networks_for(DISCRETE, hidden_units=16, hidden_layers=layers, activation=activation)
    normalizer = normalizer_for(DISCRETE, enabled=False)
    observations = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
    found = run(model(networks, normalizer, "?"), observations)
    wanted = expected(networks, normalizer, observations)
    np.testing.assert_allclose(found["probabilities"], wanted["probabilities"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["value"], wanted["value"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n", [1, 7])
def test_a_batch_may_have_any_size(n: int) -> None:
    contents = model(networks_for(DISCRETE), normalizer_for(DISCRETE, enabled=True), "?")
    found = run(contents, np.ones((n, 5), np.float32))
    assert {name: values.shape for name, values in found.items()} == {
        "probabilities": (n, 3),
        "action": (n,),
        "value": (n,),
    }


def test_greedy_actions_keep_to_the_bounds_exactly() -> None:
    networks = networks_for(FAR_FROM_ZERO)
    networks.actor.perceptron.layers[-1].bias[:] = [-50, 50, -50, 50, 0, 0]
    found = run(
        model(networks, normalizer_for(FAR_FROM_ZERO, enabled=False), "?"), np.zeros((1, 2), np.float32)
    )
    assert found["action"].ravel()[:4].tolist() == [100.0, 200.0, 100.0, 200.0]
    assert found["mean"].ravel()[1] > 200.0


def test_a_model_says_where_it_comes_from() -> None:
    contents = model(
        networks_for(spaces_in("CartPole-v1")),
        normalizer_for(spaces_in("CartPole-v1"), enabled=False),
        "CartPole-v1",
        {"names": json.dumps(["θ"])},
    )
    said = onnxruntime.InferenceSession(contents).get_modelmeta()
    assert said.custom_metadata_map == {"environment_id": "CartPole-v1", "names": json.dumps(["θ"])}
    assert said.producer_name == "PPO Desktop"


def test_a_kept_run_is_had_as_it_was_at_a_moment(tmp_path: Path) -> None:
    run_id = keep_run(8, normalize_observations=True, normalize_rewards=True)
    subject = ExportedRun(library.open_run(run_id), 5)
    file = tmp_path / "policy.onnx"
    save(format_called("onnx"), Offer("run", lambda: subject), file, lambda _share: None)
    learnt, observations = subject.learnt, np.random.default_rng(5).normal(size=(50, 4)).astype(np.float32)
    found, wanted = (
        run(file.read_bytes(), observations),
        expected(learnt.networks, learnt.normalizer, observations),
    )
    np.testing.assert_allclose(found["probabilities"], wanted["probabilities"], rtol=1e-5)
    np.testing.assert_allclose(found["value"], wanted["value"], rtol=1e-5, atol=1e-6)
    facts = onnxruntime.InferenceSession(file).get_modelmeta().custom_metadata_map
    assert facts["parameters_sha256"] == learnt.parameters_sha256
    assert (facts["run"], facts["update"], facts["seed"]) == (run_id, "5", "1")
    assert json.loads(facts["observation_names"]) == list(KNOWN_ENVIRONMENTS["CartPole-v1"].observations)
    variance = learnt.snapshot.rewards.variance[0]
    assert float(facts["value_scale"]) == pytest.approx(math.sqrt(variance + 1e-8))
