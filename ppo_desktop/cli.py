"""The command line: without a command the window, with one the same learning without a screen."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from ppo_desktop import __version__
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import one_line, what_went_wrong
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import LARGEST_SEED, RunSettings

DEFAULT_TOTAL_STEPS = 100_000
"""Steps of a headless run whose preset has no limit."""
OUR_FAILURE = 1
USER_ERROR = 2
INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask and return the exit status.

    0, 1 for a failure of ours, 2 for the user's, 130 if interrupted before anything could be told.
    """
    _let_every_character_out()
    options = _parser().parse_args(arguments)
    try:
        if options.command is None:
            from ppo_desktop.app import main

            return main()
        return _prepare(options) if options.command == "prepare-engine" else _train(options)
    except KeyboardInterrupt:
        return INTERRUPTED


def _let_every_character_out() -> None:
    """Write "?" for what the screen or file cannot show, and nothing where there is no screen."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = Path(os.devnull).open("w")  # noqa: SIM115  (as long as the program)
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _train(options: argparse.Namespace) -> int:
    try:
        settings = _settings(options)
    except InvalidHyperparameter as error:
        return _complain(str(error), USER_ERROR)
    from ppo_desktop.headless import train
    from ppo_desktop.ppo.agents import EnvironmentFailure
    from ppo_desktop.ppo.environments import UnsupportedEnvironment

    try:
        return train(settings, _choose_engine(options), options.evaluate_episodes, options.json)
    except UnsupportedEnvironment as error:
        return _complain(str(error), USER_ERROR)
    except EnvironmentFailure as failure:
        return _complain(str(failure), OUR_FAILURE)
    except BrokenPipeError:  # Whoever read the output has seen enough; nothing is left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = "The output" if options.json in (None, Path("-")) else options.json
        return _complain(f"{where} cannot be written: {error.strerror}.", USER_ERROR)


def _prepare(options: argparse.Namespace) -> int:
    from ppo_desktop import preparing
    from ppo_desktop.ppo.engines.choice import CANNOT

    if options.json not in (None, "-"):
        return _complain("prepare-engine writes JSON to the screen only: --json -", USER_ERROR)
    try:
        preparing.tell_in_json() if options.json else preparing.tell_on_terminal()
    except Exception as error:
        return _complain(f"{CANNOT}{what_went_wrong(error)}", OUR_FAILURE)
    return 0


def _choose_engine(options: argparse.Namespace) -> str:
    """Return the engine that is asked for, prepared; or the one that serves in its place, and say why."""
    from ppo_desktop import preparing
    from ppo_desktop.ppo.engines.choice import CANNOT, is_covered

    if options.engine == PYTORCH:
        return PYTORCH
    if not is_covered(options.env):
        if options.engine == COMPILED:
            _complain(f"{options.env} is not built in; the PyTorch engine serves.", 0)
        return PYTORCH
    try:
        preparing.tell_on_terminal()
    except Exception as error:  # whatever it is, the other engine serves
        _complain(f"{CANNOT}{what_went_wrong(error)}. The PyTorch engine serves.", 0)
        return PYTORCH
    return COMPILED


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the long list of flags."""

    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"{self.prog}: {one_line(message)}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ppo-desktop", description="See proximal policy optimization at work. Opens the window."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", title="without a screen")
    _add_train(commands.add_parser("train", help="train without a window", allow_abbrev=False))
    _add_prepare(
        commands.add_parser("prepare-engine", help="compile the fast engine now", allow_abbrev=False)
    )
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.description = "Train A2C or PPO. Values not given are those of the environment's preset."
    parser.add_argument("--env", default="CartPole-v1", metavar="ID", help="Gymnasium id (CartPole-v1)")
    parser.add_argument("--algorithm", choices=[algorithm.value for algorithm in Algorithm], default="ppo")
    parser.add_argument(
        "--engine",
        choices=[COMPILED, PYTORCH],
        help="what does the arithmetic (compiled, which knows the built-in environments; else pytorch)",
    )
    parser.add_argument("--seed", type=_seed, default=1, help="the same seed gives the same run (1)")
    parser.add_argument(
        "--evaluate-episodes",
        type=_count,
        default=0,
        metavar="N",
        help="afterwards, play N episodes greedily",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write one JSON object a line to FILE, or to - for the screen",
    )
    values = parser.add_argument_group("hyperparameters")
    for declaration in DECLARATIONS.values():
        _add_hyperparameter(values, declaration)


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.description = "Compile the fast engine and keep it, so that nobody has to wait for it later."
    parser.add_argument("--json", metavar="-", help="write one JSON object a line to the screen")


def _add_hyperparameter(group: argparse._ArgumentGroup, declaration: Declaration) -> None:
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
        help=f"{declaration.meaning} Takes effect {declaration.applies.value}.".replace("%", "%%"),
        **details,
    )


def _settings(options: argparse.Namespace) -> RunSettings:
    """Return the preset's settings with the values given on the command line in their place."""
    preset = presets_for(options.env)[0].hyperparameters
    given = {name: getattr(options, name) for name in DECLARATIONS if hasattr(options, name)}
    total_steps = preset.total_steps or DEFAULT_TOTAL_STEPS
    hyperparameters = preset.changed({"total_steps": total_steps, **given})
    return RunSettings(options.env, Algorithm(options.algorithm), hyperparameters, options.seed)


def _seed(text: str) -> int:
    return _whole_number(text, LARGEST_SEED)


def _count(text: str) -> int:
    return _whole_number(text, 100_000)


def _whole_number(text: str, largest: int) -> int:
    # Very long numbers are refused before they are read: Python itself refuses those of 4300 digits.
    if not (text.isascii() and text.isdecimal()) or len(text) > 20 or int(text) > largest:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to {largest}.")
    return int(text)


def _complain(text: str, status: int) -> int:
    print(f"ppo-desktop: {one_line(text)}", file=sys.stderr)
    return status
