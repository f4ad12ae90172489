"""Something kept, carried on elsewhere by a command: in a format, in its place, whole or not at all."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic

from ppo_desktop.cli import flags
from ppo_desktop.complaints import complain
from ppo_desktop.ending import INTERRUPTED
from ppo_desktop.exports.format import Cancelled, CannotExport, Format, Offer, Progress, Subject, save
from ppo_desktop.exports.naming import file_name

if TYPE_CHECKING:
    from ppo_desktop.cli.interruption import Interruption
    from ppo_desktop.cli.reporter import Reporter

STANDARD_OUTPUT = Path("-")


@dataclass(frozen=True)
class Found(Generic[Subject]):
    """What is exported.

    Attributes:
        subject: It.
        name: Files are named after it.
        doubt: Returns, when it is written, what there is to doubt of it in one line; empty where nothing.
        facts: Which it is, for JSON.
    """

    subject: Subject
    name: str
    doubt: Callable[[], str]
    facts: Mapping[str, Any] = field(default_factory=dict)


def add_flags(parser: argparse.ArgumentParser, formats: Sequence[Format[Any]], environment: str) -> None:
    """Declare in which format something is exported, and where it is to be.

    Args:
        parser: Of the command.
        formats: All there are.
        environment: Of what the environment is: "the run".
    """
    parser.add_argument(
        "--to",
        required=True,
        choices=[format.id for format in formats],
        metavar="FORMAT",
        help="; ".join(f"{format.id}: {format.label}" for format in formats),
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=flags.output_file,
        metavar="FILE",
        help="where it is to be: a file, a folder, or - for the screen, where it is text; "
        "without it, in the present folder under a name that says what it is",
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.add_argument(
        "--env",
        metavar="ID",
        help=f"{environment}'s environment; has to be said where its id names a module, which is then "
        "trusted",
    )
    flags.add_json(parser)


def run(format: Format[Subject], find: Callable[[], Found[Subject]], options: argparse.Namespace) -> int:
    """Export something and return the exit status.

    Args:
        format: As what.
        find: Returns it, or raises Refused.
        options: What `add_flags` has declared.

    Raises:
        Refused: It is not there, cannot be had so, or not be written there.
    """
    from ppo_desktop.cli.reporter import foreground

    if options.file == STANDARD_OUTPUT:
        return _show(format, find, options)
    with foreground(options.json, {}) as (reporter, noted):
        found = find()
        place = _place(format, found.name, options)
        reporter.begin(100, "%", format.label)
        try:
            save(format, Offer(found.name, lambda: found.subject), place, _told(reporter, noted))
        except Cancelled:
            return INTERRUPTED
        except CannotExport as error:
            reporter.write("failed", problem=str(error))
            raise flags.Refused(str(error)) from error
        except OSError as error:
            problem = error.strerror or str(error)
            reporter.write("failed", problem=problem)
            raise flags.Refused(f"{place} cannot be written: {problem}.") from error
        doubt = found.doubt()
        reporter.write("exported", **found.facts, format=format.id, file=str(place), doubt=doubt)
        reporter.say(f"{place} is written.")
    if doubt:
        complain(doubt)
    return 0


def _show(format: Format[Subject], find: Callable[[], Found[Subject]], options: argparse.Namespace) -> int:
    """Write a text to the standard output, when it is whole, and return the exit status.

    Raises:
        Refused: It is no text, cannot be had so, or something else is to go there, too.
    """
    from ppo_desktop.cli.interruption import interruption
    from ppo_desktop.cli.screen import own_screen

    if not format.is_text:
        raise flags.Refused(f"{format.label} is no text: say a file for it.")
    if options.json is not None:
        raise flags.Refused("--json does not go with -: the screen is for what is exported.")
    with interruption() as noted, own_screen(STANDARD_OUTPUT) as screen, TemporaryDirectory() as aside:
        fresh, found = Path(aside) / "export", find()
        try:
            save(format, Offer(found.name, lambda: found.subject), fresh, _asked(noted))
        except Cancelled:
            return INTERRUPTED
        except CannotExport as error:
            raise flags.Refused(str(error)) from error
        with fresh.open(encoding="utf-8", newline="") as text:
            shutil.copyfileobj(text, screen.output)
        screen.output.flush()
    if doubt := found.doubt():
        complain(doubt)
    return 0


def _place(format: Format[Subject], called: str, options: argparse.Namespace) -> Path:
    """Return where an export is to be.

    Raises:
        Refused: Something is there that nobody wants to lose.
    """
    name = file_name(called, "export") + format.suffix
    place: Path = Path.cwd() / name if options.file is None else options.file
    is_folder = not format.suffix
    if place.is_dir() and not (is_folder and _is_empty(place)):
        place /= name
    if place.is_dir() and not (is_folder and _is_empty(place)):
        raise flags.Refused(f"There is a folder {place} already; say another place.")
    if is_folder and place.is_file():
        raise flags.Refused(f"There is a file {place} already, and this is a folder; say another place.")
    if place.is_file() and place.stat().st_size and not options.force:
        raise flags.Refused(f"There is a file {place} already; --force writes over it.")
    return place


def _is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def _asked(noted: Interruption) -> Progress:
    """Return what raises Cancelled where Ctrl+C was pressed."""

    def progress(_done: float) -> None:
        if noted.requested:
            raise Cancelled

    return progress


def _told(reporter: Reporter, noted: Interruption) -> Progress:
    """Return what shows progress, percent by percent, and raises Cancelled where Ctrl+C was pressed."""
    asked, percent = _asked(noted), 0

    def progress(done: float) -> None:
        nonlocal percent
        asked(done)
        if round(100 * done) > percent:
            percent = round(100 * done)
            reporter.write("exporting", share=percent / 100)
            reporter.advance(percent, "")

    return progress
