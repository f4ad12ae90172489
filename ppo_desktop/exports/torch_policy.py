"""What a run has learnt as a file of PyTorch: both networks' parameters, and in JSON how they are built.

`torch.load(file, weights_only=True)` reads it: tensors and a text, nothing that could run.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ppo_desktop import __version__
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.subject import ExportedRun, Learnt
from ppo_desktop.policies.torch_file import ARCHITECTURE, FORMAT, LOG_STD, POLICY, SCHEMA, STATE_DICT, VALUE
from ppo_desktop.ppo.actor_critic import ActorCritic, GaussianActor, layer_sizes
from ppo_desktop.ppo.normalization import LARGEST_NORMALIZED
from ppo_desktop.ppo.perceptron import Perceptron


def write_torch(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write what the run had learnt.

    Raises: one of `library.UNUSABLE`.
    """
    learnt = subject.learnt
    progress(0.9)
    saved = {
        STATE_DICT: state_dict(learnt.networks),
        ARCHITECTURE: json.dumps(architecture(subject), ensure_ascii=False, indent=1),
    }
    contents = io.BytesIO()  # on a full disk PyTorch fails in a way of its own
    torch.save(saved, contents)
    fresh.write_bytes(contents.getbuffer())


def state_dict(networks: ActorCritic) -> dict[str, Tensor]:
    """Return all parameters by name, in the order in which their fingerprint is taken."""
    actor = networks.actor
    deviations = [(LOG_STD, actor.log_std)] if isinstance(actor, GaussianActor) else []
    layers = [*_layers(POLICY, actor.perceptron), *_layers(VALUE, networks.critic)]
    return {name: torch.from_numpy(numbers.copy()) for name, numbers in (*deviations, *layers)}


def _layers(prefix: str, perceptron: Perceptron) -> Iterator[tuple[str, Any]]:
    """Yield weights and biases; between two linear layers there is an activation, which has a number, too."""
    for number, layer in enumerate(perceptron.layers):
        yield f"{prefix}.{2 * number}.weight", layer.weight
        yield f"{prefix}.{2 * number}.bias", layer.bias


def architecture(subject: ExportedRun) -> dict[str, Any]:
    """Return how the networks are built, and what comes before and after them, as JSON can say it."""
    learnt, settings = subject.learnt, subject.settings
    moment, values = learnt.moment, learnt.hyperparameters
    policy_sizes, value_sizes = layer_sizes(learnt.spaces, values)
    return {
        "format": FORMAT,
        "version": SCHEMA.version,
        "program": __version__,
        "run": subject.kept.folder.name,
        "environment_id": settings.environment_id,
        "algorithm": settings.algorithm.value,
        "seed": settings.seed,
        "update": moment.update,
        "environment_steps": moment.steps,
        "engine": learnt.engine,
        "parameters_sha256": learnt.parameters_sha256,
        "doubt": moment.doubt or None,
        POLICY: policy_sizes,
        VALUE: value_sizes,
        "activation": values.activation,
        "value_scale": learnt.value_scale,
        "observations": _observations(learnt),
        "actions": _actions(learnt),
    }


def _observations(learnt: Learnt) -> dict[str, Any] | None:
    """Return what is subtracted from observations, then multiplied with, and where it is cut off; or None."""
    mean, scale = learnt.normalizer.mean_and_scale
    if not len(mean):
        return None
    return {"mean": mean.tolist(), "scale": scale.tolist(), "cut_at": LARGEST_NORMALIZED}


def _actions(learnt: Learnt) -> dict[str, Any]:
    """Return what becomes of the policy's outputs.

    Discrete actions have logits, and the first has a number. Of continuous ones the outputs are means; times
    `unit`, plus `centre` they are in the environment's units, and are cut off at its bounds.
    """
    spaces = learnt.spaces
    if spaces.n_actions is not None:
        return {"kind": "discrete", "n": spaces.n_actions, "first": spaces.first_action}
    return {
        "kind": "continuous",
        "centre": spaces.in_environment_units(np.zeros(spaces.n_outputs)).tolist(),
        "unit": spaces.action_units.tolist(),
        "low": [_finite(bound) for bound in spaces.action_low],
        "high": [_finite(bound) for bound in spaces.action_high],
    }


def _finite(bound: float) -> float | None:
    """JSON knows no infinity: there is no bound then."""
    return bound if np.isfinite(bound) else None
