"""What can be written after `ppo-desktop`: commands, flags, and how their values are read."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any, NoReturn

from ppo_desktop import __version__
from ppo_desktop.comparison.draft import DEFAULT_SEEDS, DEFAULT_STEPS
from ppo_desktop.comparison.plan import FEWEST_STEPS, MOST_SEEDS, MOST_STEPS
from ppo_desktop.exit_status import USER_ERROR
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.scales import Logarithmic
from ppo_desktop.ppo.settings import LARGEST_SEED
from ppo_desktop.study.samplers import PRUNER_NAMES, SAMPLER_NAMES
from ppo_desktop.study.study_draft import DEFAULT_SEEDS as DEFAULT_STUDY_SEEDS
from ppo_desktop.study.study_draft import DEFAULT_STEPS as DEFAULT_STUDY_STEPS
from ppo_desktop.study.study_plan import EVALUATION_EPISODES, MOST_AT_ONCE, Objective
from ppo_desktop.study.study_plan import MOST_SEEDS as MOST_STUDY_SEEDS
from ppo_desktop.study.wanted import DEFAULT_ENVIRONMENT

_BUDGET = dataclasses.replace(
    DECLARATIONS["total_steps"],
    meaning=f"environment steps of each run (the preset's, else {DEFAULT_STEPS})",
    scale=Logarithmic(FEWEST_STEPS, MOST_STEPS),
    off_allowed=False,
)
"""Total steps of the runs of a comparison, which all learn equally long."""
_STUDY_BUDGET = dataclasses.replace(
    _BUDGET, meaning=f"environment steps of each run (the preset's, else {DEFAULT_STUDY_STEPS})"
)
"""Likewise of a study."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the long list of flags."""

    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"{self.prog}: {one_line(message)}\n")


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; without a command `command` is None."""
    top = _Parser(
        prog="ppo-desktop", description="See proximal policy optimization at work. Opens the window."
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(dest="command", title="without a screen")
    for name, summary, add in (
        ("train", "train without a window", _add_train),
        ("compare", "train several settings with the same seeds", _add_compare),
        ("tune", "search for good hyperparameters", _add_tune),
        ("worker", "help with a search that others have begun, maybe on other machines", _add_worker),
        ("prepare-engine", "prepare the fast engine now", _add_prepare),
    ):
        add(commands.add_parser(name, help=summary, allow_abbrev=False))
    return top


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.description = "Train A2C or PPO. Values not given are those of the environment's preset."
    _add_environment(parser)
    parser.add_argument("--seed", type=_seed, default=1, help="the same seed gives the same run (1)")
    parser.add_argument(
        "--evaluate-episodes",
        type=_count,
        default=0,
        metavar="N",
        help="afterwards, play N episodes greedily",
    )
    _add_json(parser)
    values = parser.add_argument_group("hyperparameters")
    for declaration in DECLARATIONS.values():
        said = f"{declaration.meaning} Takes effect {declaration.applies.label}."
        _add_hyperparameter(values, declaration, said)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train several values of a hyperparameter with the same seeds, and tell the difference with its "
        "interval. Values not given are those of the environment's preset."
    )
    _add_environment(parser)
    parser.add_argument(
        "--vary",
        type=_varied,
        action="append",
        required=True,
        metavar="FIELD=VALUE,…",
        help="what is compared: clip_range=0.1,0.2,off or any other hyperparameter, algorithm=a2c,ppo, or "
        "preset=NAME,NAME",
    )
    parser.add_argument(
        "--seeds",
        type=_n_seeds,
        default=DEFAULT_SEEDS,
        metavar="K",
        help=f"seeds of each value ({DEFAULT_SEEDS})",
    )
    _add_hyperparameter(parser, _BUDGET, _BUDGET.meaning)
    _add_json(parser)
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep it among the comparisons of the window, each run when it has finished",
    )
    _add_values(parser, "hyperparameters of all runs")


def _add_tune(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Do more trials of a study, which is begun if it is new. Each trial trains with values that a "
        "sampler chooses. Ctrl+C stops; the same command goes on, also after a crash. What is left out is "
        "as in the study, or usual for a new one."
    )
    _add_environment(parser, default=None)
    parser.set_defaults(algorithm=None)
    parser.add_argument("--study", required=True, metavar="NAME", help="name of the study")
    parser.add_argument(
        "--storage",
        metavar="FILE|URL",
        help="where the study is: a file, or a database like postgresql://user@host/database (a "
        "file among the studies of the window)",
    )
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
        type=_seed,
        metavar="SEED",
        help="one trial at a time and the same seed give the same study (1)",
    )
    parser.add_argument("--pruner", choices=PRUNER_NAMES, help="which trials are ended early (none)")
    parser.add_argument(
        "--objective",
        choices=[objective.value for objective in Objective],
        help=f"what is maximised: the mean return of {EVALUATION_EPISODES} episodes of the trained policy, "
        f"or the mean return over all of training ({Objective.EVALUATION.value})",
    )
    _add_trials(parser)
    _add_hyperparameter(parser, _STUDY_BUDGET, _STUDY_BUDGET.meaning)
    parser.add_argument(
        "--seeds",
        type=_n_study_seeds,
        metavar="K",
        help=f"seeds of each trial, whose results are averaged ({DEFAULT_STUDY_SEEDS})",
    )
    _add_json(parser)
    _add_values(parser, "hyperparameters of all trials, as far as they are not searched")


def _add_worker(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Do trials of a study that is there already, beside other workers. It goes on until so many "
        "trials are done, every combination of a grid has been tried, the study is deleted, or Ctrl+C."
    )
    parser.add_argument("--study", required=True, metavar="NAME", help="name of the study")
    parser.add_argument(
        "--storage",
        required=True,
        metavar="URL|FILE",
        help="where the study is: a database like postgresql://user@host/database, or a file",
    )
    parser.add_argument(
        "--env",
        metavar="ID",
        help="the study's environment; has to be said where its id names a module, which is then trusted",
    )
    _add_engine(parser)
    _add_trials(parser)
    _add_json(parser)


def _add_trials(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trials",
        type=_n_trials,
        metavar="N",
        help="do N trials more (until Ctrl+C; of a grid, all that are left)",
    )
    parser.add_argument(
        "--workers",
        type=_n_at_once,
        metavar="W",
        help="trials at a time (one for each processor; one with the PyTorch engine)",
    )


def _add_environment(parser: argparse.ArgumentParser, default: str | None = DEFAULT_ENVIRONMENT) -> None:
    parser.add_argument(
        "--env",
        default=default,
        metavar="ID",
        help=f"Gymnasium id, with arguments as in 'FrozenLake-v1?is_slippery=False' ({DEFAULT_ENVIRONMENT})",
    )
    parser.add_argument("--algorithm", choices=[algorithm.value for algorithm in Algorithm], default="ppo")
    _add_engine(parser)


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=[COMPILED, PYTORCH],
        help="what does the arithmetic: the fast engine (compiled), which is taken for the built-in "
        "environments, or the PyTorch engine (pytorch)",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        type=_output_file,
        metavar="FILE",
        help="write one JSON object a line to FILE, or to - for the screen",
    )


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Compile the fast engine (--engine compiled) and keep it: later starts need not wait for it."
    )
    parser.add_argument(
        "--in-installation",
        action="store_true",
        help="keep it in the installation, for all who use that; for whoever installs the program",
    )
    parser.add_argument("--json", metavar="-", help="write one JSON object a line to the screen")


def _add_values(parser: argparse.ArgumentParser, title: str) -> None:
    """Add a flag for every hyperparameter that the budget does not decide."""
    group = parser.add_argument_group(title)
    for declaration in DECLARATIONS.values():
        if declaration.name not in BUDGET_FIELDS:
            _add_hyperparameter(group, declaration, declaration.meaning)


def _add_hyperparameter(group: argparse._ActionsContainer, declaration: Declaration, said: str) -> None:
    def parse(text: str) -> Value:
        try:
            return declaration.parse(text)
        except InvalidHyperparameter as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    is_switch = declaration.kind is Kind.SWITCH
    details: dict[str, Any] = {"nargs": "?", "const": True} if is_switch else {}
    group.add_argument(
        declaration.flag,
        type=parse,
        default=argparse.SUPPRESS,
        metavar="on|off" if is_switch else "VALUE",
        help=said.replace("%", "%%"),
        **details,
    )


def _output_file(text: str) -> Path:
    """Return where FILE is now: an environment may change the working folder before it is written.

    The name of the standard output stands for that of others as soon as the screen is our own.
    """
    try:
        return Path("-") if text in ("-", "/dev/stdout") else Path(text).absolute()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be written: {error.strerror}.") from None


def _varied(text: str) -> tuple[str, str]:
    """Read FIELD=VALUE,…; dashes may stand for underscores in FIELD, as in the flags."""
    field, equals, values = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is not FIELD=VALUE,… like clip_range=0.1,0.2,off.")
    return field.strip().lower().replace("-", "_"), values


def _seed(text: str) -> int:
    return _whole_number(text, 0, LARGEST_SEED)


def _n_seeds(text: str) -> int:
    return _whole_number(text, 1, MOST_SEEDS)


def _n_study_seeds(text: str) -> int:
    return _whole_number(text, 1, MOST_STUDY_SEEDS)


def _n_trials(text: str) -> int:
    return _whole_number(text, 1, 1_000_000)


def _n_at_once(text: str) -> int:
    return _whole_number(text, 1, MOST_AT_ONCE)


def _count(text: str) -> int:
    return _whole_number(text, 0, 100_000)


def _whole_number(text: str, smallest: int, largest: int) -> int:
    # Very long numbers are refused before they are read: Python itself refuses those of 4300 digits.
    is_number = text.isascii() and text.isdecimal() and len(text) <= 20
    if not is_number or not smallest <= int(text) <= largest:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from {smallest} to {largest}.")
    return int(text)
