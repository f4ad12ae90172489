"""The command line: without a command the window, with one the same learning without a screen."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ppo_desktop import __version__
from ppo_desktop.cli import (
    compare,
    comparisons,
    lesson,
    map,
    prepare_engine,
    runs,
    train,
    tune,
    window,
    worker,
)
from ppo_desktop.cli.flags import Parser, Refused
from ppo_desktop.comparison.plan import InvalidComparison
from ppo_desktop.complaints import complain, explain_missing_window
from ppo_desktop.ending import OUR_FAILURE, USER_ERROR
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.place import UnreadableStudy
from ppo_desktop.user_files import NoHome, settle_home

_COMMANDS = {
    "train": train,
    "compare": compare,
    "tune": tune,
    "map": map,
    "worker": worker,
    "runs": runs,
    "comparisons": comparisons,
    "lesson": lesson,
    "prepare-engine": prepare_engine,
}
_POLICIES = (".zip", ".pt")
"""How the names of files end in which there may be a policy."""
_MISTAKES = (
    InvalidComparison,
    InvalidHyperparameter,
    InvalidStudy,
    Refused,
    UnreadableStudy,
    UnsupportedEnvironment,
)


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask and return the exit status.

    0, 1 for a failure of ours, 2 for the user's.

    Raises:
        KeyboardInterrupt: Before anything could be told.
    """
    _let_every_character_out()
    only = arguments[0] if len(arguments) == 1 else ""
    line, policy = (only if is_it(only) else "" for is_it in (_is_line, _is_file))
    options = _parser().parse_args([] if line or policy else arguments)
    try:
        settle_home()
        if line:
            _check(line)
        if policy:
            _check_policy(policy)
        return window.run(line, policy) if options.command is None else _run_command(options)
    except Refused as error:
        complain(str(error))
        return USER_ERROR
    except NoHome as error:
        tell = complain if options.command else explain_missing_window
        tell(str(error))
        return USER_ERROR


def _is_line(argument: str) -> bool:
    return argument.startswith("ppo:")


def _is_file(argument: str) -> bool:
    """Return whether an argument is a file's name, and neither a command nor a state nor a flag."""
    if not argument or argument in _COMMANDS or argument.startswith(("-", "ppo:")):
        return False
    try:
        return Path(argument).suffix in _POLICIES or Path(argument).is_file()
    except OSError:  # too long for any
        return False


def _check_policy(path: str) -> None:
    """Raise Refused for a file that holds no policy that can be played here."""
    from ppo_desktop.policies.reading import UnreadablePolicy, read_policy

    try:
        read_policy(Path(path))
    except UnreadablePolicy as error:
        raise Refused(str(error)) from None


def _check(line: str) -> None:
    """Raise Refused for a line that says no state that can be shown."""
    from ppo_desktop.share import InvalidLine, read

    try:
        read(line)
    except InvalidLine as error:
        raise Refused(str(error)) from None


def _let_every_character_out() -> None:
    """Write "?" for what the screen or file cannot show, and nothing where there is no screen."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (as long as the program)
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parser() -> Parser:
    """Return what reads the command line; without a command `command` is None."""
    parser = Parser(
        prog="ppo-desktop",
        description="See proximal policy optimization at work. Opens the window.",
        epilog="A line such as 'ppo:1:CartPole-v1?clip_range=0.1&seed=3' opens the window in that state, "
        "the name of a file (.zip of Stable-Baselines3, .pt of an export) the policy in it.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", title="without a screen")
    for name, command in _COMMANDS.items():
        command.add_flags(commands.add_parser(name, help=command.SUMMARY, allow_abbrev=False))
    return parser


def _run_command(options: argparse.Namespace) -> int:
    """Run a command and return the exit status, whatever comes in between."""
    try:
        status: int = _COMMANDS[options.command].run(options)
        return status
    except _MISTAKES as error:
        complain(str(error))
        return USER_ERROR
    except EnvironmentFailure as failure:
        complain(str(failure))
        return OUR_FAILURE
    except OSError as error:
        if _is_broken_pipe(error):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to flush
            return 0
        where = "The output" if options.json in (None, Path("-")) else options.json
        complain(f"{where} cannot be written: {error.strerror}.")
        return USER_ERROR


def _is_broken_pipe(error: OSError) -> bool:
    """Return whether the reader of the output has closed it; Windows may say EINVAL of that."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)
