"""`ppo-desktop train`: a run."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.cli import flags
from ppo_desktop.cli.prepare_engine import choose_engine
from ppo_desktop.complaints import complain
from ppo_desktop.ending import OUR_FAILURE
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.events import EpisodeEnded, Event, FinishReason, RunFinished, UpdateFinished
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.quantities import RETURN, UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings

if TYPE_CHECKING:
    from ppo_desktop.cli.interruption import Interruption
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.ppo.trainer import Trainer

SUMMARY = "train without a window"
DEFAULT_STEPS = 100_000
"""Steps of a run whose preset has no limit."""
_NOTHING = {"steps": 0, "steps_per_second": 0.0, "parameters_sha256": None}
_UPDATE_FIELDS = ("update", "steps", "mean_return_100", *UPDATE_QUANTITIES)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `train`."""
    parser.description = "Train A2C or PPO. Values not given are those of the environment's preset."
    flags.add_environment(parser)
    parser.add_argument("--seed", type=flags.seed, default=1, help="the same seed gives the same run (1)")
    parser.add_argument(
        "--evaluate-episodes",
        type=flags.whole_number(0, 100_000),
        default=0,
        metavar="N",
        help="afterwards, play N episodes greedily",
    )
    flags.add_json(parser)
    values = parser.add_argument_group("hyperparameters")
    for declaration in DECLARATIONS.values():
        said = f"{declaration.meaning} Takes effect {declaration.applies.label}."
        flags.add_hyperparameter(values, declaration, said)


def run(options: argparse.Namespace) -> int:
    """Train as the user wants and return the exit status."""
    values = flags.hyperparameters(options, DEFAULT_STEPS)
    settings = RunSettings(options.env, Algorithm(options.algorithm), values, options.seed)
    from ppo_desktop.ppo.engines.choice import serving

    engine = choose_engine(options.engine, serving(COMPILED, settings), options.env)
    return train(settings, engine, options.evaluate_episodes, options.json)


def train(settings: RunSettings, engine: str, evaluate_episodes: int, json_file: Path | None) -> int:
    """Train, report what happens, and return the exit status.

    Args:
        settings: What makes the run.
        engine: Name of the engine.
        evaluate_episodes: Episodes to play greedily afterwards.
        json_file: Where JSON goes, see `Reporter`.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        OSError: `json_file` cannot be written.
    """
    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.ppo.engines.choice import make_engine
    from ppo_desktop.ppo.trainer import LONGEST_STRIDE
    from ppo_desktop.runs.speeds import MeasuredTrainer

    with foreground(json_file, _NOTHING) as (reporter, noted):
        trainer = MeasuredTrainer(settings, make_engine(settings, engine), has_way_back=False)
        trainer.stride = LONGEST_STRIDE
        values = settings.hyperparameters
        total = values.total_steps and values.whole_rollouts(values.total_steps)
        reporter.begin(total, "steps", settings.environment_id)
        begun_at = time.perf_counter()
        finish = _follow(trainer, reporter, noted)
        rate = trainer.steps / max(1e-9, time.perf_counter() - begun_at)
        if evaluate_episodes and finish is not None and finish.reason is not FinishReason.FAILED:
            finish = _evaluate(trainer, evaluate_episodes, reporter, noted, finish)
        reason = "interrupted" if finish is None else finish.reason.value
        reporter.write(
            "finished",
            reason=reason,
            steps=trainer.steps,
            steps_per_second=round(rate, 1),
            parameters_sha256=trainer.parameters_sha256(),
            engine=trainer.engine.name,
        )
        reporter.say(f"{reason} after {grouped(trainer.steps)} steps, {grouped(rate)} steps a second")
    if finish is not None and finish.message:
        complain(finish.message)
    return OUR_FAILURE if finish is not None and finish.reason is FinishReason.FAILED else 0


def _follow(trainer: Trainer, reporter: Reporter, noted: Interruption) -> RunFinished | None:
    """Run to the end, close the environments, and return that end, or None if the user has interrupted."""
    finish: RunFinished | None = None
    try:
        with closing(trainer.events()) as events:
            for event in events:
                _report(event, reporter)
                if isinstance(event, RunFinished):
                    finish = event
                if finish is not None or noted.requested:
                    break
    except EnvironmentFailure as failure:  # in closing
        if finish is not None and finish.reason is not FinishReason.FAILED:
            return RunFinished(FinishReason.FAILED, trainer.steps, str(failure))
    return finish


def _report(event: Event, reporter: Reporter) -> None:
    match event:
        case EpisodeEnded():
            values = {RETURN.name: event.episode_return, "length": event.length}
            reporter.write("episode", steps=event.steps, **values)
        case UpdateFinished():
            reporter.write("update", **{name: getattr(event, name) for name in _UPDATE_FIELDS})
            note = f"return {event.mean_return_100:.2f}, entropy {event.policy_entropy:.3f} nats"
            reporter.advance(event.steps, note)
        case _:
            pass


def _evaluate(
    trainer: Trainer, episodes: int, reporter: Reporter, noted: Interruption, finish: RunFinished
) -> RunFinished | None:
    """Play greedily, report how it went, and return `finish` or what came in between."""
    from statistics import fmean, pstdev

    from ppo_desktop.ppo.evaluation import evaluate

    returns: list[float] = []
    try:
        with closing(evaluate(trainer.engine, trainer.settings, episodes)) as played:
            for ended in played:
                returns.extend(ended)
                if noted.requested:
                    return None
    except (EnvironmentFailure, UnsupportedEnvironment) as failure:
        return RunFinished(FinishReason.FAILED, trainer.steps, str(failure))
    mean, std = fmean(returns), pstdev(returns)
    reporter.write("evaluation", mean=mean, std=std, returns=returns)
    reporter.say(f"evaluation: {mean:.2f} ± {std:.2f} over {len(returns)} episodes")
    return finish
