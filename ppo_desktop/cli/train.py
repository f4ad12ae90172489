"""`ppo-desktop train`: a run."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppo_desktop.cli import flags
from ppo_desktop.cli.prepare_engine import choose_engine
from ppo_desktop.complaints import complain
from ppo_desktop.ending import OUR_FAILURE
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.events import FinishReason, RunFinished
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.study.wanted import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from ppo_desktop.cli.interruption import Interruption
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.ppo.trainer import Trainer
    from ppo_desktop.runs.keeping import KeptTrainer

SUMMARY = "train without a window"
DEFAULT_STEPS = 100_000
"""Steps of a run whose preset has no limit."""
_MAKES = {"env": DEFAULT_ENVIRONMENT, "algorithm": Algorithm.PPO.value, "seed": 1}
"""What makes a run, and what that is unless it is given; a run that goes on has it."""
_NOTHING = {"steps": 0, "steps_per_second": 0.0, "parameters_sha256": None}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `train`."""
    parser.description = "Train A2C or PPO. Values not given are those of the environment's preset."
    flags.add_environment(parser)
    parser.add_argument("--seed", type=flags.seed, help="the same seed gives the same run (1)")
    parser.add_argument(
        "--evaluate-episodes",
        type=flags.whole_number(0, 100_000),
        default=0,
        metavar="N",
        help="afterwards, play N episodes greedily",
    )
    parser.add_argument("--keep", action="store_true", help="keep the run, so that it can be gone on with")
    parser.add_argument("--name", default="", metavar="TEXT", help="what the kept run is called")
    parser.add_argument(
        "--continue",
        dest="continued",
        metavar="RUN[@UPDATE]",
        help="go on with a kept run where it ended, or branch off after an update, with values changed",
    )
    parser.set_defaults(**dict.fromkeys(_MAKES))
    flags.add_json(parser)
    values = parser.add_argument_group("hyperparameters")
    for declaration in DECLARATIONS.values():
        said = f"{declaration.meaning} Takes effect {declaration.applies.label}."
        flags.add_hyperparameter(values, declaration, said)


def run(options: argparse.Namespace) -> int:
    """Train as the user wants and return the exit status."""
    if options.continued is not None:
        for name in (*_MAKES, "engine"):
            if getattr(options, name) is not None:
                raise flags.Refused(f"--{name} does not go with --continue: the run has its own.")
        return train(partial(_continued, options), options)
    for name, default in _MAKES.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    values = flags.hyperparameters(options, DEFAULT_STEPS)
    settings = RunSettings(options.env, Algorithm(options.algorithm), values, options.seed)
    from ppo_desktop.ppo.engines.choice import serving

    engine = choose_engine(options.engine, serving(COMPILED, settings), options.env)
    return train(partial(_begun, settings, engine, bool(options.keep or options.name)), options)


def _begun(settings: RunSettings, engine: str, is_kept: bool) -> KeptTrainer:
    from ppo_desktop.ppo.engines.choice import make_engine
    from ppo_desktop.runs.keeping import KeptTrainer
    from ppo_desktop.runs.kept import begin
    from ppo_desktop.user_files import runs_folder

    if is_kept:
        return begin(runs_folder(), settings, _complain_of_keeping, engine)
    return KeptTrainer(settings, make_engine(settings, engine))


def _continued(options: argparse.Namespace) -> KeptTrainer:
    """Return a kept run where it ended, or a branch of it, with the values given on the command line.

    Raises:
        Refused: There is no such run, or it cannot go on from there.
        InvalidHyperparameter: A value is not allowed.
    """
    from ppo_desktop import library
    from ppo_desktop.ppo.checkpoint import NotResumable
    from ppo_desktop.runs.journal import Parent
    from ppo_desktop.runs.kept import UnreadableRun, branch

    values = flags.values_on_the_way(options)
    try:
        kept, update = library.open_at(options.continued)
        trainer = kept.restore(update)
    except (library.NoSuchRun, UnreadableRun, NotResumable) as error:
        raise flags.Refused(str(error)) from error
    for doubt in filter(None, (kept.damage, trainer.caveat)):
        complain(doubt)
    replace(trainer.settings, hyperparameters=trainer.asked_for.changed(values))  # refused before it is kept
    if update is not None or not kept.keep(trainer, _complain_of_keeping):
        branch(kept.folder.parent, trainer, Parent(kept.folder.name, trainer.update), _complain_of_keeping)
    if values:
        trainer.change(trainer.asked_for.changed(values))
    return trainer


def _complain_of_keeping(why: str) -> None:
    complain(f"The run is no longer kept: {why}.")


def train(make: Callable[[], KeptTrainer], options: argparse.Namespace) -> int:
    """Train, report what happens, and return the exit status.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        OSError: What is written as JSON cannot be written.
    """
    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.ppo.trainer import LONGEST_STRIDE

    with foreground(options.json, _NOTHING) as (reporter, noted):
        trainer = make()
        begun_at_step = trainer.steps
        trainer.stride = LONGEST_STRIDE
        values = trainer.wanted
        total = values.total_steps and values.whole_rollouts(values.total_steps)
        reporter.begin(total, "steps", trainer.settings.environment_id)
        begun_at = time.perf_counter()
        finish = _follow(trainer, reporter, noted)
        rate = (trainer.steps - begun_at_step) / max(1e-9, time.perf_counter() - begun_at)
        if options.evaluate_episodes and finish is not None and finish.reason is not FinishReason.FAILED:
            finish = _evaluate(trainer, options.evaluate_episodes, reporter, noted, finish)
        reason = "interrupted" if finish is None else finish.reason.value
        kept: dict[str, Any] = {}
        if trainer.keeper is not None and trainer.keeper.folder.exists():
            kept = {"run": _labelled(trainer.keeper.folder, options.name)}
            if (parent := trainer.keeper.parent) is not None:
                kept["parent"] = asdict(parent)
        reporter.write(
            "finished",
            reason=reason,
            steps=trainer.steps,
            steps_per_second=round(rate, 1),
            parameters_sha256=trainer.parameters_sha256(),
            engine=trainer.engine.name,
            **kept,
        )
        reporter.say(f"{reason} after {grouped(trainer.steps)} steps, {grouped(rate)} steps a second")
        if kept:
            left = f", a branch of {parent.run} from update {parent.update} on" if parent else ""
            reporter.say(f"kept as {kept['run']}{left}")
    if finish is not None and finish.message:
        complain(finish.message)
    return OUR_FAILURE if finish is not None and finish.reason is FinishReason.FAILED else 0


def _labelled(folder: Path, name: str) -> str:
    """Give a kept run its name, if it is to have one, and return its id."""
    from ppo_desktop import library

    if name:
        try:
            library.set_labels(folder, replace(library.labels_of(folder), name=name))
        except library.NoSuchRun as error:
            complain(str(error))
        except OSError as error:
            complain(f"The name of the run cannot be kept: {error.strerror or error}.")
    return folder.name


def _follow(trainer: Trainer, reporter: Reporter, noted: Interruption) -> RunFinished | None:
    """Run to the end, close the environments, and return that end, or None if the user has interrupted."""
    finish: RunFinished | None = None
    try:
        with closing(trainer.events()) as events:
            for event in events:
                reporter.report(event)
                if isinstance(event, RunFinished):
                    finish = event
                if finish is not None or noted.requested:
                    break
    except EnvironmentFailure as failure:  # in closing
        if finish is not None and finish.reason is not FinishReason.FAILED:
            return RunFinished(FinishReason.FAILED, trainer.steps, str(failure))
    return finish


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
