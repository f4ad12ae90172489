"""A run as one Python file that anybody can read, run and change: *Copy as Python*.

It is `program.train`, with what it uses, the run's settings on top, and what was changed on the way.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ppo_desktop import __version__
from ppo_desktop.exports.code import as_python, gymnasium_name
from ppo_desktop.exports.composition import LINE_LENGTH, Composed, Known, compose
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.grid_layout import TIME_LIMIT
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import PYTORCH
from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.environments import Spaces, close_environment, make_environment
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.seeding import Stream

MOST_LINES = 250
_PROGRAM = "ppo_desktop.exports.program"
_GRID_WORLD = "GridWorld-v0"
_GIVEN = ("CHANGES", "PARAMETERS_SHA256", "Settings", "make_agent")
"""What stands above the rest of a program, and is not taken from anywhere."""
_INDENT = "    "
_UNUSUAL = r"[^\w .:=&?/-]"
_NEEDED = ("gymnasium", "numpy", "torch")
_INLINED = frozenset(
    {
        "changed",
        "gaussian_noise",
        "gumbel_noise",
        "mean_and_scale",
        "normalize_observations",
        "scale_rewards",
        "shuffled_minibatches",
    }
)


class _Shape(NamedTuple):
    """How much a program says.

    Attributes:
        explained: Beginnings of the names of modules whose docstrings stay with their first line.
        explained_in_full: Those of which they stay whole.
        inlined: Functions that stand where they are called.
    """

    explained: tuple[str, ...] = ()
    explained_in_full: tuple[str, ...] = ()
    inlined: frozenset[str] = frozenset()


_FORMULAS = ("ppo_desktop.ppo.objective", "ppo_desktop.ppo.advantages")
_SHAPES = (
    _Shape(("",), _FORMULAS),
    _Shape(("",), _FORMULAS[:1]),
    _Shape(("",)),
    _Shape((_PROGRAM, *_FORMULAS, "ppo_desktop.ppo.normalization")),
    _Shape((_PROGRAM, *_FORMULAS)),
    _Shape(_FORMULAS),
    _Shape(_FORMULAS[:1]),
    _Shape(),
    _Shape(inlined=frozenset({"categorical_log_prob", "td_errors"})),
    _Shape(inlined=frozenset({"categorical_log_prob", "td_errors", "clipped_surrogate_objective"})),
)
"""From the one with most explanations on: a program has the first in which there is room for it."""


class _Changed(NamedTuple):
    """A value that counts from a gradient step of an update on; both from 1, step 0 is the rollout."""

    update: int
    step: int
    name: str
    value: Value


def write_python(subject: ExportedRun, fresh: Path, _progress: Progress) -> None:
    """Write such a program.

    Raises: one of `library.UNUSABLE`.
    """
    fresh.write_text(python_script(subject), encoding="utf-8", newline="\n")


def python_script(subject: ExportedRun) -> str:
    """Return a program that does again, with PyTorch, what a run has done up to a moment.

    Raises: one of `library.UNUSABLE`.
    """
    changes = _changes(subject)
    values = _values(subject, changes)
    known = _known(subject, values, changes)
    roots = [(_PROGRAM, "train")]
    if subject.settings.environment_id == _GRID_WORLD:
        roots.append((_PROGRAM, "GridWorld"))
    script = ""
    for explained, in_full, inlined in _SHAPES:
        shaped = replace(
            known, explained=explained, explained_in_full=in_full, inlined=known.inlined | inlined
        )
        composed = compose(roots, shaped, _GIVEN, imported=("dataclass", "gymnasium"))
        script = _script(subject, changes, composed)
        if script.count("\n") <= MOST_LINES:
            return script
    return re.sub(r"\n\n( +#)", r"\n\1", script)  # no room between phases either


def _changes(subject: ExportedRun) -> list[_Changed]:
    """Return what was changed on the way, but for what decides nothing but when the run ended."""
    first = subject.first_settings
    left_out = {name for name, declaration in DECLARATIONS.items() if declaration.is_budget}
    if first.hyperparameters.total_steps is None:
        left_out.remove("total_steps")  # with annealing it counts from when it is set
    if first.algorithm is Algorithm.A2C:
        left_out |= {name for name, declaration in DECLARATIONS.items() if declaration.ppo_only}
    changes = [
        _Changed(change.update, change.gradient_step - BEFORE_ROLLOUT, change.name, change.value)
        for change in subject.changes
        if change.name not in left_out
    ]
    seeds = [_Changed(after + 1, 0, "seed", seed) for after, seed in subject.wishes.seeds.items()]
    return sorted([*seeds, *changes], key=lambda change: change[:2])


def _values(subject: ExportedRun, changes: list[_Changed]) -> dict[str, set[Any]]:
    """Return all values that each hyperparameter has on the way."""
    values = {name: {value} for name, value in vars(subject.first_settings.hyperparameters).items()}
    for change in changes:
        values.setdefault(change.name, set()).add(change.value)
    if subject.first_settings.algorithm is Algorithm.A2C:
        values |= {"clip_range": {None}, "target_kl": {None}, "n_epochs": {1}, "n_minibatches": {1}}
    return values


def _known(subject: ExportedRun, values: Mapping[str, set[Any]], changes: list[_Changed]) -> Known:
    """Return what is known of a run, for every condition in the program and in what it uses."""
    spaces = subject.learnt.spaces
    is_continuous = spaces.n_actions is None
    most_minibatches = max(values["n_minibatches"])
    fewest_samples = min(values["n_envs"]) * min(values["rollout_length"])
    is_whole, has_epochs = values["n_minibatches"] == {1}, values["n_epochs"] != {1}
    possible: dict[str, set[Any]] = {
        "CHANGES": {bool(changes)},
        "any((moment[1] for moment in CHANGES))": {any(change.step for change in changes)},
        "(update, 0, 'seed', settings.seed) in CHANGES": {False, "seed" in values},
        "IS_DISCRETE": {not is_continuous},
        "IS_TANH": {value == "tanh" for value in values["activation"]},
        "IS_ORTHOGONAL": values["orthogonal_initialization"],
        "IS_RESIZED": {len(values["n_envs"]) > 1},
        "IS_PACED": {len(values["learning_rate"]) > 1 and values["anneal"] != {True}},
        "settings.normalize_observations": values["normalize_observations"],
        "settings.normalize_rewards": values["normalize_rewards"],
        "settings.normalize_advantages": values["normalize_advantages"],
        "settings.anneal": values["anneal"],
        "settings.target_kl is not None": {value is not None and has_epochs for value in values["target_kl"]},
        "settings.max_grad_norm is not None": {value is not None for value in values["max_grad_norm"]},
        "settings.entropy_coef > 0": {value > 0 for value in values["entropy_coef"]},
        "epsilon is None": {value is None for value in values["clip_range"]},
        "settings.clip_range is None": {value is None for value in values["clip_range"]},
        "IS_WHOLE": {is_whole},
        "M > 1": {value > 1 for value in values["n_minibatches"]},
        "n_minibatches == 1": {value == 1 for value in values["n_minibatches"]},
        "samples % n_minibatches == 0": {
            n_envs * length % number == 0
            for n_envs, length, number in product(
                *(values[name] for name in ("n_envs", "rollout_length", "n_minibatches"))
            )
        },
        "for minibatch": {is_whole},
        "for minibatches": {is_whole and not has_epochs},
        "statistics.count == 1": {fewest_samples == 1, False},
        "advantages.numel() < 2": {fewest_samples < 2 * most_minibatches, False},
        "rewards.numel() == 0 or rewards.dim() == 0": {False},
    }
    if is_whole:
        possible |= {"mix": {True}, "epochs": {True}}
    conditions = {condition: each.pop() for condition, each in possible.items() if len(each) == 1}
    texts = {"NDArray[np.float64]": "np.ndarray", "functional": "nn.functional"}
    texts |= {f"Stream.{stream.name}": stream.name for stream in Stream} | _texts_of_playing(spaces)
    if is_whole:
        texts |= {"minibatches": "_", "epochs": "range(settings.n_epochs)"}
    if values["clip_range"] == {None}:
        texts["settings.clip_range"] = "None"
    return Known(conditions, texts, _INLINED)


def _making_an_agent(subject: ExportedRun) -> Iterator[str]:
    """Yield the lines of a function that makes an environment."""
    environment_id, spaces = subject.settings.environment_id, subject.learnt.spaces
    yield "def make_agent(settings):"
    if environment_id == _GRID_WORLD:
        made = f"gymnasium.wrappers.TimeLimit(GridWorld(), {TIME_LIMIT})"
    elif environment_id in KNOWN_ENVIRONMENTS:
        made = "gymnasium.make(settings.environment_id)"
    else:
        arguments = EnvironmentId.of(environment_id).read_arguments()
        written = [f"{name}={as_python(value)}" for name, value in arguments.items()]
        yield from _assigned("environment", "gymnasium.make", ["settings.environment_id", *written])
        is_encoded = _is_encoded(environment_id, spaces)
        made = "gymnasium.wrappers.FlattenObservation(environment)" if is_encoded else "environment"
    yield f"{_INDENT}return gymnasium.wrappers.RecordEpisodeStatistics({made})"


def _assigned(name: str, function: str, arguments: list[str]) -> Iterator[str]:
    """Yield the lines of a call, in as few as they fit into."""
    joined = ", ".join(arguments)
    if len(whole := f"{_INDENT}{name} = {function}({joined})") <= LINE_LENGTH:
        yield whole
        return
    yield f"{_INDENT}{name} = {function}("
    if len(inner := f"{2 * _INDENT}{joined}") <= LINE_LENGTH:
        yield inner
    else:
        yield from (f"{2 * _INDENT}{argument}," for argument in arguments)
    yield f"{_INDENT})"


def _is_encoded(environment_id: str, spaces: Spaces) -> bool:
    """Whether the networks see other numbers than an environment gives, or in another shape."""
    environment = make_environment(environment_id)
    try:
        return bool(environment.unwrapped.observation_space.shape != (spaces.n_observations,))
    finally:
        close_environment(environment_id, environment)


def _texts_of_playing(spaces: Spaces) -> dict[str, str]:
    """Return how actions are played that are not numbered from 0, or not drawn as they are played."""
    if spaces.n_actions is None:
        return _texts_of_actions(spaces)
    return (
        {"one.step(played[n])": f"one.step(played[n] + {spaces.first_action})"} if spaces.first_action else {}
    )


def _texts_of_actions(spaces: Spaces) -> dict[str, str]:
    """Return how continuous actions are played that need not be drawn in the environment's units."""
    centres, units = spaces.in_environment_units(np.zeros(spaces.n_outputs)), spaces.action_units
    is_row = spaces.action_shape == (spaces.n_outputs,)
    low, high = ("space.low", "space.high") if is_row else ("space.low.ravel()", "space.high.ravel()")
    drawn = "actions[t]"
    if centres.any() or (units != 1).any():
        drawn = f"np.array({centres.tolist()}) + np.array({units.tolist()}) * {drawn}"
    played = f"np.clip({drawn}, {low}, {high})"
    if drawn != "actions[t]" or spaces.action_dtype != "float32":
        played += f".astype(np.{spaces.action_dtype})"
    texts = {"np.clip(actions[t], space.low, space.high)": played}
    if not is_row:
        texts |= {
            "space.shape[0]": str(spaces.n_outputs),
            "one.step(played[n])": f"one.step(played[n].reshape({spaces.action_shape}))",
        }
    return texts


def _script(subject: ExportedRun, changes: list[_Changed], composed: Composed) -> str:
    """Return the whole text."""
    used = set(re.findall(r"\bsettings\.(\w+)", composed.definitions))
    counting = [change for change in changes if change.name in used]
    parts = [
        f'"""{_header(subject)}\n"""\n\n{composed.imports}',
        "\n".join(_settings(subject, used)),
        "\n".join([*_constants(subject, composed.definitions), *_changes_written(counting)]),
        "\n".join(_making_an_agent(subject)),
        composed.definitions,
        'if __name__ == "__main__":\n    train(Settings())\n',
    ]
    return "\n\n\n".join(parts)


def _header(subject: ExportedRun) -> str:
    settings = subject.settings
    environment, run = (
        re.sub(_UNUSUAL, "?", name)
        for name in (settings.environment_id.partition("?")[0], subject.kept.folder.name)
    )
    program = f"PPO Desktop {__version__}, {counted(subject.update, 'update')}"
    lines = [
        f"{settings.algorithm.label} on {environment}: run {run} of {program}.",
        "",
        "Needs gymnasium, numpy and torch. At the end it prints the fingerprint of all parameters, which is",
    ]
    if _is_exact(subject):
        versions = [f"{name} {version(name).partition('+')[0]}" for name in _NEEDED]
        same = f"Python {platform.python_version()}, {', '.join(versions)}"
        lines.append(f"the run's own on the same machine with {same}.")
    else:
        lines.append(
            "not the run's: the fast engine learnt it, which rounds otherwise, and differences grow."
        )
    return "\n".join(lines)


def _settings(subject: ExportedRun, used: Collection[str]) -> Iterator[str]:
    """Yield the lines of a class with the settings that a program uses."""
    first = subject.first_settings
    yield "@dataclass(frozen=True)"
    yield "class Settings:"
    yield f"    environment_id: str = {as_python(gymnasium_name(first.environment_id))}"
    yield f"    seed: int = {first.seed}"
    yield f"    updates: int = {subject.update}"
    for field in fields(Hyperparameters):
        if field.name in used:
            declaration = DECLARATIONS[field.name]
            value = as_python(getattr(first.hyperparameters, field.name))
            symbol = declaration.symbol and f", {declaration.symbol}"
            yield f"    {field.name}: {field.type} = {value}  # {declaration.label}{symbol}"


def _constants(subject: ExportedRun, definitions: str) -> Iterator[str]:
    """Yield the lines of what else a program has on top."""
    names = [stream.name for stream in Stream]
    used = [place for place, name in enumerate(names) if re.search(rf"\b{name}\b", definitions)]
    yield f"{', '.join(names[: max(used) + 1])} = range({max(used) + 1})  # streams of random numbers"
    yield f'PARAMETERS_SHA256 = "{subject.learnt.parameters_sha256}"'


def _changes_written(changes: list[_Changed]) -> Iterator[str]:
    if changes:
        yield "CHANGES = [  # (update, gradient step, name, value): from there on; step 0 is the rollout"
        for update, step, name, value in changes:
            yield f'    ({update}, {step}, "{name}", {as_python(value)}),'
        yield "]"


def _is_exact(subject: ExportedRun) -> bool:
    """Whether the PyTorch engine alone has learnt, which a program repeats bit for bit."""
    return set(subject.engines) == {PYTORCH}
