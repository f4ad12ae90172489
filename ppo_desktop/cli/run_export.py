"""`ppo-desktop runs export`: a kept run, carried on elsewhere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.cli import export, flags, painted
from ppo_desktop.cli.prepare_engine import choose_engine
from ppo_desktop.cli.trust import trust_module
from ppo_desktop.exports.format import Format
from ppo_desktop.exports.formats import COPIED_AS, FORMATS, may_learn_again
from ppo_desktop.ppo.engines import COMPILED

if TYPE_CHECKING:
    from ppo_desktop.exports.subject import ExportedRun


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `runs export`."""
    parser.add_argument("run", metavar="RUN[@UPDATE]", help="as it was after an update, or last")
    export.add_flags(parser, _formats(), "the run")
    parser.add_argument(
        "--folder", type=Path, help="in which the run is; without it, where runs are kept, as of `runs list`"
    )
    painted.add_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Export a run and return the exit status.

    Raises:
        Refused: There is no such run, it cannot be had so, or not be written there.
    """
    format = next(format for format in _formats(options) if format.id == options.to)
    return export.run(format, lambda: _found(format, options), options)


def _found(format: Format[ExportedRun], options: argparse.Namespace) -> export.Found[ExportedRun]:
    """Return the run; the engine is prepared that learns again for the format.

    Raises:
        Refused: There is no such run.
    """
    from ppo_desktop import library
    from ppo_desktop.exports.subject import ExportedRun
    from ppo_desktop.ppo.engines.choice import serving
    from ppo_desktop.runs.kept import UnreadableRun

    trust_module(options.env)
    try:
        subject = ExportedRun(*library.open_at(options.run, options.folder))
    except (library.NoSuchRun, UnreadableRun) as error:
        raise flags.Refused(str(error)) from error
    if may_learn_again(format, subject) and COMPILED in subject.engines:
        choose_engine(COMPILED, serving(COMPILED, subject.settings), subject.settings.environment_id)
    which = {"run": subject.kept.folder.name, "update": subject.update}
    return export.Found(subject, subject.name, lambda: subject.doubt, which)


def _formats(options: argparse.Namespace | None = None) -> tuple[Format[ExportedRun], ...]:
    """Return all formats, those that are painted as the flags want them."""
    copied = [format for format in COPIED_AS.values() if format not in FORMATS]
    return (*FORMATS, *copied, *painted.formats(options))
