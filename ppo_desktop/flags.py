"""What can be written after `ppo-desktop`: commands, flags, and how their values are read."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any, NoReturn

from ppo_desktop import __version__
from ppo_desktop.comparison.draft import DEFAULT_SEEDS, DEFAULT_STEPS
from ppo_desktop.comparison.plan import BUDGET_FIELDS, FEWEST_STEPS, MOST_SEEDS, MOST_STEPS
from ppo_desktop.exit_status import USER_ERROR
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.scales import Logarithmic
from ppo_desktop.ppo.settings import LARGEST_SEED

_BUDGET = dataclasses.replace(
    DECLARATIONS["total_steps"],
    meaning=f"environment steps of each run (the preset's, else {DEFAULT_STEPS})",
    scale=Logarithmic(FEWEST_STEPS, MOST_STEPS),
    off_allowed=False,
)
"""Total steps of the runs of a comparison, which all learn equally long."""


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
        ("prepare-engine", "compile the fast engine now", _add_prepare),
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
        said = f"{declaration.meaning} Takes effect {declaration.applies.value}."
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
    values = parser.add_argument_group("hyperparameters of all runs")
    for declaration in DECLARATIONS.values():
        if declaration.name not in BUDGET_FIELDS:
            _add_hyperparameter(values, declaration, declaration.meaning)


def _add_environment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--env", default="CartPole-v1", metavar="ID", help="Gymnasium id (CartPole-v1)")
    parser.add_argument("--algorithm", choices=[algorithm.value for algorithm in Algorithm], default="ppo")
    parser.add_argument(
        "--engine",
        choices=[COMPILED, PYTORCH],
        help="what does the arithmetic (compiled, which knows the built-in environments; else pytorch)",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write one JSON object a line to FILE, or to - for the screen",
    )


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.description = "Compile the fast engine and keep it, so that nobody has to wait for it later."
    parser.add_argument("--json", metavar="-", help="write one JSON object a line to the screen")


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


def _count(text: str) -> int:
    return _whole_number(text, 0, 100_000)


def _whole_number(text: str, smallest: int, largest: int) -> int:
    # Very long numbers are refused before they are read: Python itself refuses those of 4300 digits.
    is_number = text.isascii() and text.isdecimal() and len(text) <= 20
    if not is_number or not smallest <= int(text) <= largest:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from {smallest} to {largest}.")
    return int(text)
