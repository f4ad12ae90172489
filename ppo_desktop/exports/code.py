"""A run in a few words of code: the command that does it again, and its settings for Stable-Baselines3."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, is_compiled
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters, changed_fields
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import FIRST_SEED, RunSettings

if TYPE_CHECKING:
    from pathlib import Path

    from ppo_desktop.exports.format import Progress
    from ppo_desktop.exports.subject import ExportedRun
    from ppo_desktop.ppo.declaration import Value

_GRID_WORLD, _GRID_MODULE = "GridWorld-v0", "ppo_desktop.ppo.catalogue.grid_environment"
_FEWEST_STEPS = 10
"""Of a run with a limit."""
_STOPS_AT = 1.5
"""Times its target KL, at which Stable-Baselines3 ends an update."""
_LONGEST_LINE = 96
"""Characters."""
_NEEDS_QUOTES = re.compile(r"[^\w:./=+-]", re.ASCII)
_IS_PLAIN = re.compile(r"[\w:./=+?&,()\[\] '-]*", re.ASCII)
"""What stands between double quotes in every shell as it is."""


def why_not_as_code(subject: ExportedRun) -> str:
    """Return why nothing can be written that does again what a run has done, in one line; empty if it can."""
    first, _ = subject.kept.line[-1]
    if first.journal.parent is None:
        return ""
    return "The run goes on from one that has been deleted, so that its beginning is not known."


def write_command_line(subject: ExportedRun, fresh: Path, _progress: Progress) -> None:
    """Write the command that lets a run learn again."""
    fresh.write_text(command_line(subject) + "\n", encoding="utf-8", newline="\n")


def write_stable_baselines3_code(subject: ExportedRun, fresh: Path, _progress: Progress) -> None:
    """Write a program that trains with Stable-Baselines3.

    Raises: one of `library.UNUSABLE`.
    """
    fresh.write_text(stable_baselines3_code(subject), encoding="utf-8", newline="\n")


def command_line(subject: ExportedRun) -> str:
    """Return the command that lets a run learn again; what it cannot say stands above it as comments."""
    first, steps = subject.first_settings, _steps_of(subject)
    remarks = _changes(subject)
    if first.hyperparameters.anneal and steps < (first.hyperparameters.total_steps or 0):
        remarks.append(f"The run shown is that after {steps} steps; this one goes on to its total.")
    return "\n".join([*_comments(remarks), train_command(first, subject.engines[0], steps)])


def train_command(settings: RunSettings, engine: str, steps: int) -> str:
    """Return the command that trains with some settings, so many steps; if they anneal, to their total.

    Values are given where they are not those of the environment's preset.
    """
    preset, wanted = presets_for(settings.environment_id)[0].hyperparameters, settings.hyperparameters
    if not wanted.anneal:  # else α and ε depend on the total
        wanted = wanted.with_budget(max(steps, _FEWEST_STEPS))
    flags = ["--env", settings.environment_id]
    if settings.algorithm is not Algorithm.PPO:
        flags += ["--algorithm", settings.algorithm.value]
    if settings.seed != FIRST_SEED:
        flags += ["--seed", str(settings.seed)]
    if engine == PYTORCH and is_compiled(settings.environment_id):
        flags += ["--engine", PYTORCH]
    for name, (_, value) in changed_fields(preset, wanted).items():
        flags += [DECLARATIONS[name].flag, _as_flag(value)]
    return " ".join(["ppo-desktop train", *map(_quoted, flags)])


def stable_baselines3_code(subject: ExportedRun) -> str:
    """Return a program that trains with Stable-Baselines3, with the settings nearest to those of a run.

    Comments say what is done otherwise there.
    """
    settings = subject.first_settings
    values, algorithm = settings.hyperparameters, settings.algorithm.label
    remarks = [
        "The nearest settings, not the same run: random numbers are drawn otherwise. As in PPO Desktop,",
        "one Adam (ε 1e-5) and one gradient norm serve two separate networks.",
        *_done_otherwise(settings),
        *_changes(subject),
    ]
    lines = [*_comments(remarks), "from torch import nn", "", f"from stable_baselines3 import {algorithm}"]
    lines.append("from stable_baselines3.common.env_util import make_vec_env")
    if values.normalize_observations or values.normalize_rewards:
        lines.append("from stable_baselines3.common.vec_env import VecNormalize")
    lines += ["", _environments(settings)]
    if values.normalize_observations or values.normalize_rewards:
        what = f"norm_obs={values.normalize_observations}, norm_reward={values.normalize_rewards}"
        lines.append(f"env = VecNormalize(env, {what}, gamma={values.gamma})")
    hidden = values.hidden_layers * [values.hidden_units]
    network: dict[str, object] = {
        "net_arch": f"dict(pi={hidden}, vf={hidden})",
        "activation_fn": "nn.Tanh" if values.activation == "tanh" else "nn.ReLU",
        "ortho_init": values.orthogonal_initialization,
        "log_std_init": values.initial_log_std,
    }
    lines += _call("policy_kwargs = dict", network)
    policy = "MultiInputPolicy" if _has_parts(settings.environment_id) else "MlpPolicy"
    lines += _call(f"model = {algorithm}", _arguments(settings), f'"{policy}", env')
    lines.append(f"model.learn(total_timesteps={values.total_steps or _steps_of(subject)})")
    return "\n".join(lines) + "\n"


def _arguments(settings: RunSettings) -> dict[str, object]:
    """Return what a model is made with, by the names of Stable-Baselines3."""
    values = settings.hyperparameters
    arguments: dict[str, object] = {
        "learning_rate": _falling(values.learning_rate, values),
        "n_steps": values.rollout_length,
        "gamma": values.gamma,
        "gae_lambda": values.gae_lambda,
        "ent_coef": values.entropy_coef,
        "vf_coef": values.value_coef,
        "max_grad_norm": _or_none(values.max_grad_norm),
        "normalize_advantage": values.normalize_advantages and values.samples_per_rollout > 1,
    }
    if settings.algorithm is Algorithm.PPO:
        clip_range = _or_none(values.clip_range)
        arguments |= {
            "batch_size": max(values.samples_per_rollout // values.n_minibatches, 2),
            "n_epochs": values.n_epochs,
            "clip_range": clip_range if values.clip_range is None else _falling(values.clip_range, values),
            "target_kl": values.target_kl and f"{values.target_kl} / {_STOPS_AT}",
        }
    else:
        arguments["use_rms_prop"] = False
    return arguments | {"policy_kwargs": "policy_kwargs", "seed": settings.seed, "device": '"cpu"'}


def _done_otherwise(settings: RunSettings) -> Iterator[str]:
    """Yield what Stable-Baselines3 does in another way, with these settings."""
    values = settings.hyperparameters
    if settings.environment_id == _GRID_WORLD:
        yield "GridWorld-v0 is PPO Desktop's own, which registers it."
    if values.normalize_observations or values.normalize_rewards:
        yield "VecNormalize changes its statistics at every step, not between two rollouts."
    if values.anneal:
        yield "Its α and ε are those of the steps after a rollout: in the last update they are 0."
    if settings.algorithm is Algorithm.A2C:
        yield "Its own choice is RMSprop; Adam is ours."
        return
    if values.target_kl is not None:
        yield f"It stops at {_STOPS_AT} times target_kl, and looks at every minibatch, not after an epoch."
    if values.samples_per_rollout % values.n_minibatches:
        yield "The rollout does not divide by the minibatches: there the last one is small."
    if values.samples_per_rollout < 2 * values.n_minibatches:
        yield "Its minibatches have two samples at least."


def _environments(settings: RunSettings) -> str:
    """Return the line that makes the agents' environments."""
    name = gymnasium_name(settings.environment_id)
    if settings.environment_id == _GRID_WORLD:
        name = f"{_GRID_MODULE}:{name}"
    arguments = EnvironmentId.of(settings.environment_id).read_arguments()
    given = ", ".join(f"{key}={as_python(value)}" for key, value in arguments.items())
    more = f", env_kwargs=dict({given})" if given else ""
    n_envs, seed = settings.hyperparameters.n_envs, settings.seed
    return f"env = make_vec_env({as_python(name)}, n_envs={n_envs}, seed={seed}{more})"


def _call(function: str, arguments: dict[str, object], first: str = "") -> Iterator[str]:
    """Yield the lines of a call, with as many arguments in each as fit into it."""
    yield f"{function}("
    words = [*filter(None, [first]), *(f"{name}={value}" for name, value in arguments.items())]
    line = ""
    for word in words:
        if line and len(line) + len(word) > _LONGEST_LINE:
            yield f"    {line.rstrip()}"
            line = ""
        line += f"{word}, "
    yield f"    {line.rstrip()}"
    yield ")"


def _changes(subject: ExportedRun) -> list[str]:
    """Return what was changed on the way, which no settings say, a line each."""
    changes = [
        f"After update {after} the seed became {seed}." for after, seed in subject.wishes.seeds.items()
    ]
    for update, gradient_step, name, value in subject.changes:
        within = "" if gradient_step == BEFORE_ROLLOUT else f", gradient step {gradient_step + 1}"
        changes.append(f"From update {update}{within} on, {name} was {_as_flag(value)}.")
    if COMPILED in subject.engines[1:]:
        changes.append("The fast engine went on with what the PyTorch engine had learnt.")
    return ["Not said below is what was changed on the way:", *changes] if changes else []


def _steps_of(subject: ExportedRun) -> int:
    """Return the environment steps of a run up to its moment, 0 where they are not known."""
    for kept, _ in subject.kept.line:
        if kept.journal.begins_after < subject.update and (row := kept.journal.row_of(subject.update)):
            return int(row[0])
    return 0


def _has_parts(environment_id: str) -> bool:
    """Whether observations of an environment are made of parts with names."""
    if environment_id in KNOWN_ENVIRONMENTS:
        return False
    from ppo_desktop.ppo.environments import close_environment, make_environment

    environment = make_environment(environment_id)
    try:
        return type(environment.unwrapped.observation_space).__name__ == "Dict"
    finally:
        close_environment(environment_id, environment)


def _falling(value: float, values: Hyperparameters) -> object:
    return f"lambda left: left * {value}" if values.anneal else value


def _or_none(limit: float | None) -> object:
    return 'float("inf")' if limit is None else limit


def _comments(remarks: Sequence[str]) -> list[str]:
    return [f"# {remark}" for remark in remarks]


def _as_flag(value: Value) -> str:
    """Return a value so that the command line reads the very same one."""
    if value is None:
        return "off"
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def as_python(value: object) -> str:
    """Return a value as Python has it, texts in double quotes where that is possible."""
    if isinstance(value, str):
        return json.dumps(value)
    written = repr(value)
    return written if '"' in written else written.replace("'", '"')


def gymnasium_name(environment_id: str) -> str:
    """Return what Gymnasium makes an environment of, without its arguments: "module:Name-v0"."""
    parts = EnvironmentId.of(environment_id)
    return f"{parts.module}:{parts.registered_id}".removeprefix(":")


def _quoted(word: str) -> str:
    """Return a word as shells of Linux, macOS and Windows take it."""
    if not _NEEDS_QUOTES.search(word):
        return word
    return f'"{word}"' if _IS_PLAIN.fullmatch(word) else shlex.quote(word)
