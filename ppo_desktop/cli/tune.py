"""`ppo-desktop tune`: a search for good hyperparameters."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.cli import flags
from ppo_desktop.cli.search import (
    NOTHING,
    add_objective,
    add_place,
    add_seeds,
    add_trials,
    chosen_place,
    engine_for,
    search,
)
from ppo_desktop.cli.trust import trust_module
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.study.place import Place, StudyExists
from ppo_desktop.study.samplers import PRUNER_NAMES, SAMPLER_NAMES, check_strategy
from ppo_desktop.study.study_draft import DEFAULT_SEEDS, DEFAULT_STEPS
from ppo_desktop.study.study_plan import Objective
from ppo_desktop.study.wanted import WantedStudy

if TYPE_CHECKING:
    from ppo_desktop.study.storage import OpenStudy

SUMMARY = "search for good hyperparameters"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `tune`."""
    parser.description = (
        "Do more trials of a study, which is begun if it is new. Each trial trains with values that a "
        "sampler chooses. Ctrl+C stops; the same command goes on, also after a crash. What is left out is "
        "as in the study, or usual for a new one."
    )
    flags.add_environment(parser, default=None)
    parser.set_defaults(algorithm=None)
    add_place(parser)
    parser.add_argument(
        "--vary",
        action="append",
        metavar="FIELD,…",
        help="what is searched, each with its usual range, or FIELD=LOW:HIGH, or FIELD=LOW:HIGH:POINTS for a "
        "grid: clip_range,learning_rate=1e-4:1e-2",
    )
    parser.add_argument("--sampler", choices=SAMPLER_NAMES, help="how values are chosen (tpe)")
    parser.add_argument(
        "--sampler-seed",
        type=flags.seed,
        metavar="SEED",
        help="one trial at a time and the same seed give the same study (1)",
    )
    parser.add_argument("--pruner", choices=PRUNER_NAMES, help="which trials are ended early (none)")
    add_objective(parser, Objective.EVALUATION)
    add_trials(parser)
    flags.add_budget(parser, DEFAULT_STEPS)
    add_seeds(parser, DEFAULT_SEEDS)
    flags.add_json(parser)
    flags.add_values(parser, "hyperparameters of all trials, as far as they are not searched")


def run(options: argparse.Namespace) -> int:
    """Do trials of the study that the user wants and return the exit status."""
    wanted = _wanted(options)
    return tune(chosen_place(options), wanted, options)


def _wanted(options: argparse.Namespace) -> WantedStudy:
    values = flags.values_given(options)
    total_steps = values.pop("total_steps", None)
    assert total_steps is None or isinstance(total_steps, int)
    return WantedStudy(
        space=None if options.vary is None else ",".join(options.vary),
        environment_id=options.env,
        algorithm=None if options.algorithm is None else Algorithm(options.algorithm),
        objective=None if options.objective is None else Objective(options.objective),
        total_steps=total_steps,
        n_seeds=options.seeds,
        values=values,
        sampler=options.sampler,
        pruner=options.pruner,
        sampler_seed=options.sampler_seed,
    )


def tune(place: Place, wanted: WantedStudy, options: argparse.Namespace) -> int:
    """Do trials of a study, which is made if it is not there, and return the exit status.

    Args:
        place: Where the study is, or is to be.
        wanted: What was said of it.
        options: How many trials the user wants, by which engine, and where JSON goes.

    Raises:
        InvalidStudy: It cannot be made, or is another one than was said.
        InvalidHyperparameter: A value contradicts another.
        Exception: See `search`.
    """
    from ppo_desktop.cli.reporter import foreground

    with foreground(options.json, NOTHING) as ours:
        trust_module(wanted.environment_id)
        with closing(_opened(place, wanted, options)) as study:
            wanted.check_against(study.plan)
            study.check_can_grow()
            strategy = wanted.strategy(study.strategy)
            check_strategy(study.plan, strategy)
            study.set_strategy(strategy)
            return search(study, options, ours)


def _opened(place: Place, wanted: WantedStudy, options: argparse.Namespace) -> OpenStudy:
    """Open a study, or make it if there is none; a file is there or not, in a database one has to look."""
    from ppo_desktop.study.storage import create_study, open_study

    if isinstance(place.location, Path) and place.location.exists():
        return open_study(place)
    if not place.is_file and not wanted.says_what_is_searched:
        return open_study(place)
    plan, strategy = wanted.plan(), wanted.strategy()
    check_strategy(plan, strategy)
    engine_for(plan, options)  # nothing is left of a study that could not be searched
    try:
        return create_study(place, plan, strategy)
    except StudyExists:
        return open_study(place)
