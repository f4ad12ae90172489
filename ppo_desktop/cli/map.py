"""`ppo-desktop map`: a grid over two hyperparameters."""

from __future__ import annotations

import argparse

from ppo_desktop.cli import flags
from ppo_desktop.cli.search import add_objective, add_place, add_seeds, add_trials, chosen_place
from ppo_desktop.cli.tune import tune
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.study.map_axes import DEFAULT_SEEDS, MAP_POINTS
from ppo_desktop.study.study_draft import DEFAULT_STEPS
from ppo_desktop.study.study_plan import Objective
from ppo_desktop.study.wanted_map import WantedMap

SUMMARY = "measure a map: every combination of two hyperparameters"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `map`."""
    parser.description = (
        "Measure the cells of a map, from coarse to fine, and sooner where neighbours disagree. It is a "
        "study, which is begun if it is new. Ctrl+C stops; the same command goes on, also after a crash, "
        "and “worker” takes part. What is left out is as in the study, or usual for a new one."
    )
    flags.add_environment(parser, default=None)
    parser.set_defaults(algorithm=None)
    add_place(parser)
    for name, where in (("x", "across"), ("y", "up")):
        parser.add_argument(
            f"--{name}",
            metavar="FIELD=…",
            help=f"what goes {where}: FIELD=LOW:HIGH:COUNT, FIELD=VALUE,VALUE,… where off is a value, too, "
            f"or FIELD with its usual range and {MAP_POINTS} values (what shows in the environment)",
        )
    add_objective(parser, Objective.LEARNING_CURVE)
    add_trials(parser)
    flags.add_budget(parser, DEFAULT_STEPS)
    add_seeds(parser, DEFAULT_SEEDS)
    flags.add_json(parser)
    flags.add_values(parser, "hyperparameters of all cells, as far as they are on no axis")


def run(options: argparse.Namespace) -> int:
    """Measure cells of the map that the user wants and return the exit status."""
    values = flags.values_given(options)
    total_steps = values.pop("total_steps", None)
    assert total_steps is None or isinstance(total_steps, int)
    wanted = WantedMap(
        environment_id=options.env,
        algorithm=None if options.algorithm is None else Algorithm(options.algorithm),
        objective=None if options.objective is None else Objective(options.objective),
        total_steps=total_steps,
        n_seeds=options.seeds,
        values=values,
        x=options.x,
        y=options.y,
    )
    return tune(chosen_place(options), wanted, options)
