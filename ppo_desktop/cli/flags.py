"""Flags that several commands have, and how their values are read."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ppo_desktop.comparison.plan import FEWEST_STEPS, MOST_STEPS
from ppo_desktop.ending import USER_ERROR
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Applies, Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.scales import Logarithmic
from ppo_desktop.ppo.settings import LARGEST_SEED
from ppo_desktop.study.wanted import DEFAULT_ENVIRONMENT


class Refused(Exception):
    """What was asked for cannot be done; the message is one line."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the long list of flags."""

    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"{self.prog}: {one_line(message)}\n")


class IntermixedParser(Parser):
    """Takes what is no flag also after flags, where argparse itself misses what may be left out."""

    _is_intermixed = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._is_intermixed:
            return super().parse_known_args(args, namespace)
        self._is_intermixed = True  # what does it calls this function for each half
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_intermixed = False


def add_environment(parser: argparse.ArgumentParser, default: str | None = DEFAULT_ENVIRONMENT) -> None:
    """Declare what is trained on, by which algorithm and engine."""
    parser.add_argument(
        "--env",
        default=default,
        metavar="ID",
        help=f"Gymnasium id, with arguments as in 'FrozenLake-v1?is_slippery=False' ({DEFAULT_ENVIRONMENT})",
    )
    parser.add_argument("--algorithm", choices=[algorithm.value for algorithm in Algorithm], default="ppo")
    add_engine(parser)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Declare `--engine`."""
    parser.add_argument(
        "--engine",
        choices=[COMPILED, PYTORCH],
        help="what does the arithmetic: the fast engine (compiled), which is taken for the built-in "
        "environments, or the PyTorch engine (pytorch)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Declare `--json`."""
    parser.add_argument(
        "--json",
        type=output_file,
        metavar="FILE",
        help="write one JSON object a line to FILE, or to - for the screen",
    )


def add_budget(parser: argparse.ArgumentParser, default: int) -> None:
    """Declare the total steps of runs that all learn equally long: `default` where no preset says it."""
    budget = dataclasses.replace(
        DECLARATIONS["total_steps"],
        meaning=f"environment steps of each run (the preset's, else {default})",
        scale=Logarithmic(FEWEST_STEPS, MOST_STEPS),
        off_allowed=False,
    )
    add_hyperparameter(parser, budget, budget.meaning)


def add_values(parser: argparse.ArgumentParser, title: str) -> None:
    """Declare a flag for every hyperparameter that the budget does not decide."""
    group = parser.add_argument_group(title)
    for declaration in DECLARATIONS.values():
        if declaration.name not in BUDGET_FIELDS:
            add_hyperparameter(group, declaration, declaration.meaning)


def add_hyperparameter(group: argparse._ActionsContainer, declaration: Declaration, said: str) -> None:
    """Declare the flag of a hyperparameter, of which the help says `said`."""

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


def hyperparameters(options: argparse.Namespace, default_steps: int) -> Hyperparameters:
    """Return the preset's values with those given on the command line in their place.

    Args:
        options: What was given.
        default_steps: Total steps where neither says how many.
    """
    from ppo_desktop.ppo.presets import presets_for

    preset = presets_for(options.env)[0].hyperparameters
    total_steps = preset.total_steps or default_steps
    return preset.changed({"total_steps": total_steps, **values_given(options)})


def values_given(options: argparse.Namespace) -> dict[str, Value]:
    """Return the hyperparameters given on the command line."""
    return {name: getattr(options, name) for name in DECLARATIONS if hasattr(options, name)}


def values_on_the_way(options: argparse.Namespace) -> dict[str, Value]:
    """Return the hyperparameters given on the command line for a run that has begun.

    Raises:
        Refused: One of them cannot be changed in a run that goes on.
    """
    values = values_given(options)
    for name in values:
        if DECLARATIONS[name].applies is Applies.NEXT_RUN:
            raise Refused(f"{DECLARATIONS[name].label} cannot be changed in a run that goes on.")
    return values


def output_file(text: str) -> Path:
    """Return where FILE is now: an environment may change the working folder before it is written.

    The name of the standard output stands for that of others as soon as the screen is our own.
    """
    try:
        return Path("-") if text in ("-", "/dev/stdout") else Path(text).absolute()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be written: {error.strerror}.") from None


def whole_number(smallest: int, largest: int) -> Callable[[str], int]:
    """Return what reads a whole number in these bounds."""

    def parse(text: str) -> int:
        # Very long numbers are refused before they are read: Python itself refuses those of 4300 digits.
        is_number = text.isascii() and text.isdecimal() and len(text) <= 20
        if not is_number or not smallest <= int(text) <= largest:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {smallest} to {largest}.")
        return int(text)

    return parse


seed = whole_number(0, LARGEST_SEED)
