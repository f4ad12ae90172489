"""A policy and its critic as an ONNX model, which runs without Python, PyTorch or this program.

The model is the whole way from what the environment gives to what it is given: normalisation, both networks,
the greedy action in the environment's units, within its bounds. Its dozen operators are written here, see
`protobuf`: PyTorch's own exporter needs two packages more, and may write a second file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop import __version__
from ppo_desktop.exports.protobuf import content, integer
from ppo_desktop.ppo.actor_critic import ActorCritic, GaussianActor
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.normalization import LARGEST_NORMALIZED, ObservationNormalizer
from ppo_desktop.ppo.perceptron import Perceptron

if TYPE_CHECKING:
    from ppo_desktop.exports.format import Progress
    from ppo_desktop.exports.subject import ExportedRun, Learnt

_IR_VERSION, _OPSET = 7, 13
"""ONNX 1.8, of 2020: the first whose Softmax is that of the last axis; all that reads models reads these."""
_FLOAT, _INT64, _FLOAT16, _DOUBLE = 1, 7, 10, 11
"""Types of numbers, as ONNX knows them."""
_ELEMENT_TYPES = {"float32": _FLOAT, "int64": _INT64, "float16": _FLOAT16, "float64": _DOUBLE}
_INT_ATTRIBUTE = 2
_ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu"}
_BATCH = "batch"
"""Name of the axis of which there may be any number."""


def write_onnx(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write what a run had learnt as a model in one file.

    Raises: one of `library.UNUSABLE`.
    """
    learnt = subject.learnt
    progress(0.9)
    facts = _facts(subject, learnt)
    fresh.write_bytes(model(learnt.networks, learnt.normalizer, subject.settings.environment_id, facts))


def model(
    networks: ActorCritic,
    normalizer: ObservationNormalizer,
    environment_id: str,
    facts: Mapping[str, str] | None = None,
) -> bytes:
    """Return a model of the input `observation`, (batch, n_observations), as the environment gives it.

    Outputs for each: of discrete actions `probabilities`, (batch, |A|), of continuous ones `mean` and
    `standard_deviation`, (batch, D), in the environment's units, not clipped; `action`, the greedy one, as
    the environment takes it; `value`, (batch,), V(s).

    Args:
        networks: Actor and critic.
        normalizer: Of observations; it may be switched off.
        environment_id: What they have learnt in.
        facts: What the model says of itself besides, {name: text}.
    """
    spaces, graph = networks.actor.spaces, _Graph()
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    observation = "" if known is None else f" {', '.join(known.observations)}. {known.brief.observation}"
    graph.add_input(
        "observation",
        spaces.n_observations,
        f"What the environment gives, flattened; one of several things as one-hot.{observation}",
    )
    seen = _normalized(graph, normalizer)
    outputs = _perceptron(graph, "actor", networks.actor.perceptron, seen)
    actions = "" if known is None else known.brief.actions
    if isinstance(networks.actor, GaussianActor):
        _add_gaussian(graph, networks.actor, outputs, actions)
    else:
        _add_categorical(graph, spaces, outputs, actions)
    value = _perceptron(graph, "critic", networks.critic, seen)
    graph.add("Reshape", [value, graph.constant("value.shape", np.array([-1], np.int64))], "value")
    graph.add_output(
        "value", _FLOAT, (), "V(s): the discounted sum of the (possibly scaled) rewards to come."
    )
    return graph.model(environment_id, {"environment_id": environment_id, **(facts or {})})


def _facts(subject: ExportedRun, learnt: Learnt) -> dict[str, str]:
    """Return what is known of a policy: where it comes from, what its numbers are called."""
    settings, moment = subject.settings, learnt.moment
    facts = {
        "run": subject.kept.folder.name,
        "algorithm": settings.algorithm.value,
        "seed": str(settings.seed),
        "update": str(moment.update),
        "environment_steps": str(moment.steps),
        "engine": learnt.engine,
        "parameters_sha256": learnt.parameters_sha256,
        "value_scale": str(learnt.value_scale),
    }
    if (known := KNOWN_ENVIRONMENTS.get(settings.environment_id)) is not None:
        facts["observation_names"] = json.dumps(known.observations, ensure_ascii=False)
        facts["observation_meaning"] = known.brief.observation
        facts["action_names"] = json.dumps([action.name for action in known.actions], ensure_ascii=False)
        facts["action_meaning"] = known.brief.actions
    return facts | ({"doubt": moment.doubt} if moment.doubt else {})


# ---- the parts of the graph --------------------------------------------------------------------------


def _normalized(graph: _Graph, normalizer: ObservationNormalizer) -> str:
    mean, scale = normalizer.mean_and_scale
    if not len(mean):
        return "observation"
    centred = graph.add("Sub", ["observation", graph.constant("observation.mean", mean)], "centred")
    scaled = graph.add("Mul", [centred, graph.constant("observation.scale", scale)], "scaled")
    ends = [
        graph.constant(f"observation.{name}", np.array(end, np.float32))
        for name, end in (("low", -LARGEST_NORMALIZED), ("high", LARGEST_NORMALIZED))
    ]
    return graph.add("Clip", [scaled, *ends], "normalized_observation")


def _perceptron(graph: _Graph, name: str, perceptron: Perceptron, inputs: str) -> str:
    for number, (weight, bias) in enumerate(perceptron.layers):
        layer = f"{name}.{number}"
        parameters = [graph.constant(f"{layer}.weight", weight), graph.constant(f"{layer}.bias", bias)]
        outputs = graph.add("Gemm", [inputs, *parameters], f"{layer}.output", transB=1)
        if number < len(perceptron.layers) - 1:
            inputs = graph.add(_ACTIVATIONS[perceptron.activation], [outputs], f"{layer}.activation")
    return outputs


def _add_categorical(graph: _Graph, spaces: Spaces, logits: str, meaning: str) -> None:
    graph.add("Softmax", [logits], "probabilities", axis=1)
    graph.add_output("probabilities", _FLOAT, (spaces.n_outputs,), f"π(a|s) of each action. {meaning}")
    first = graph.constant("action.first", np.array(spaces.first_action, np.int64))
    number = graph.add("ArgMax", [logits], "action.number", axis=1, keepdims=0)
    graph.add("Add", [number, first], "action")
    graph.add_output("action", _INT64, (), f"The most probable action, from {spaces.first_action} on.")


def _add_gaussian(graph: _Graph, actor: GaussianActor, drawn: str, meaning: str) -> None:
    """Add a mean and σ in the environment's units, and the mean within the bounds, of the shape it wants."""
    spaces = actor.spaces
    units = graph.constant("action.unit", spaces.action_units.astype(np.float32))
    centres = spaces.in_environment_units(np.zeros(spaces.n_outputs)).astype(np.float32)
    in_units = graph.add("Mul", [drawn, units], "mean.in_units")
    graph.add("Add", [in_units, graph.constant("action.centre", centres)], "mean")
    graph.add_output("mean", _FLOAT, (spaces.n_outputs,), f"μ(s), not clipped. {meaning}")
    deviations = (spaces.action_units * np.exp(actor.log_std)).astype(np.float32)
    shape = graph.add("Shape", ["mean"], "mean.shape")
    graph.add("Expand", [graph.constant("action.deviation", deviations), shape], "standard_deviation")
    graph.add_output("standard_deviation", _FLOAT, (spaces.n_outputs,), "σ, the same in every state.")

    action_type = spaces.action_dtype if spaces.action_dtype in ("float16", "float32") else "float64"
    clipped_as = np.float64 if action_type == "float64" else np.float32
    action = graph.cast("mean", np.dtype(clipped_as).name, "action.unclipped")
    for operator, name, bound in (("Max", "low", spaces.action_low), ("Min", "high", spaces.action_high)):
        limit = graph.constant(f"action.{name}", np.array(bound, clipped_as))
        action = graph.add(operator, [action, limit], f"action.within_{name}")
    action = graph.cast(action, action_type, "action.clipped")
    graph.add(
        "Reshape",
        [action, graph.constant("action.shape", np.array([-1, *spaces.action_shape], np.int64))],
        "action",
    )
    graph.add_output(
        "action",
        _ELEMENT_TYPES[action_type],
        spaces.action_shape,
        "μ(s), clipped to the environment's bounds.",
    )


class _Graph:
    """The operators of a model, in the order in which they are computed, and what they compute with."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: int) -> str:
        """Add an operator with one output, and return the name of that."""
        self._nodes.append(
            content(
                1,
                *(content(1, name) for name in inputs),
                content(2, output),
                content(3, output),
                content(4, operator),
                *(
                    content(5, content(1, name), integer(3, value), integer(20, _INT_ATTRIBUTE))
                    for name, value in attributes.items()
                ),
            )
        )
        return output

    def cast(self, given: str, element_type: str, output: str) -> str:
        """Add a change of the type of numbers."""
        return self.add("Cast", [given], output, to=_ELEMENT_TYPES[element_type])

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Add numbers that are the same for every observation, and return their name."""
        self._constants.append(
            content(
                5,
                *(integer(1, length) for length in values.shape),
                integer(2, _ELEMENT_TYPES[values.dtype.name]),
                content(8, name),
                content(9, values.astype(values.dtype.newbyteorder("<")).tobytes()),
            )
        )
        return name

    def add_input(self, name: str, length: int, meaning: str) -> None:
        """Say what the model is given for each of a batch."""
        self._inputs.append(content(11, _value(name, _FLOAT, (length,), meaning)))

    def add_output(self, name: str, element_type: int, shape: tuple[int, ...], meaning: str) -> None:
        """Say which of the operators' outputs are the model's."""
        self._outputs.append(content(12, _value(name, element_type, shape, meaning)))

    def model(self, name: str, facts: Mapping[str, str]) -> bytes:
        """Return the whole model."""
        graph = (*self._nodes, content(2, name), *self._constants, *self._inputs, *self._outputs)
        return b"".join(
            (
                integer(1, _IR_VERSION),
                content(2, "PPO Desktop"),
                content(3, __version__),
                content(7, *graph),
                content(8, integer(2, _OPSET)),
                *(content(14, content(1, key), content(2, value)) for key, value in facts.items()),
            )
        )


def _value(name: str, element_type: int, shape: tuple[int, ...], meaning: str) -> bytes:
    """Return what is said of an input or output: its name, its type, (batch, …), and what it means."""
    axes = (content(1, content(2, _BATCH)), *(content(1, integer(1, length)) for length in shape))
    tensor = content(1, integer(1, element_type), content(2, *axes))
    return content(1, name) + content(2, tensor) + content(3, meaning.strip())
