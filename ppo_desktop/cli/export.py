"""`ppo-desktop runs export`: a kept run, carried on elsewhere."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ppo_desktop.cli import flags, painted
from ppo_desktop.cli.prepare_engine import choose_engine
from ppo_desktop.cli.trust import trust_module
from ppo_desktop.complaints import complain
from ppo_desktop.ending import INTERRUPTED
from ppo_desktop.exports.format import Cancelled, CannotExport, Format, Offer, Progress, save
from ppo_desktop.exports.formats import COPIED_AS, FORMATS
from ppo_desktop.exports.naming import file_name
from ppo_desktop.ppo.engines import COMPILED

if TYPE_CHECKING:
    from ppo_desktop.cli.interruption import Interruption
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.exports.subject import ExportedRun

STANDARD_OUTPUT = Path("-")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `runs export`."""
    formats = _formats()
    parser.add_argument("run", metavar="RUN[@UPDATE]", help="as it was after an update, or last")
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
        "--folder", type=Path, help="in which the run is; without it, where runs are kept, as of `runs list`"
    )
    parser.add_argument(
        "--env",
        metavar="ID",
        help="the run's environment; has to be said where its id names a module, which is then trusted",
    )
    flags.add_json(parser)
    painted.add_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Export a run and return the exit status.

    Raises:
        Refused: There is no such run, it cannot be had so, or not be written there.
    """
    from ppo_desktop.cli.reporter import foreground

    format = next(format for format in _formats(options) if format.id == options.to)
    if options.file == STANDARD_OUTPUT:
        return _show(format, options)
    with foreground(options.json, {}) as (reporter, noted):
        subject = _subject(format, options)
        place = _place(format, subject, options)
        reporter.begin(100, "%", format.label)
        try:
            save(format, Offer(subject.name, lambda: subject), place, _told(reporter, noted))
        except Cancelled:
            return INTERRUPTED
        except CannotExport as error:
            reporter.write("failed", problem=str(error))
            raise flags.Refused(str(error)) from error
        except OSError as error:
            problem = error.strerror or str(error)
            reporter.write("failed", problem=problem)
            raise flags.Refused(f"{place} cannot be written: {problem}.") from error
        reporter.write(
            "exported",
            run=subject.kept.folder.name,
            update=subject.update,
            format=format.id,
            file=str(place),
            doubt=subject.doubt,
        )
        reporter.say(f"{place} is written.")
    if subject.doubt:
        complain(subject.doubt)
    return 0


def _subject(format: Format[ExportedRun], options: argparse.Namespace) -> ExportedRun:
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
    if format.learns_again and COMPILED in subject.engines:
        choose_engine(COMPILED, serving(COMPILED, subject.settings), subject.settings.environment_id)
    return subject


def _formats(options: argparse.Namespace | None = None) -> tuple[Format[ExportedRun], ...]:
    """Return all formats, those that are painted as the flags want them."""
    copied = [format for format in COPIED_AS.values() if format not in FORMATS]
    return (*FORMATS, *copied, *painted.formats(options))


def _show(format: Format[ExportedRun], options: argparse.Namespace) -> int:
    """Write a text to the standard output, when it is whole, and return the exit status.

    Raises:
        Refused: It is no text, the run cannot be had so, or something else is to go there, too.
    """
    from ppo_desktop.cli.interruption import interruption
    from ppo_desktop.cli.screen import own_screen

    if not format.is_text:
        raise flags.Refused(f"{format.label} is no text: say a file for it.")
    if options.json is not None:
        raise flags.Refused("--json does not go with -: the screen is for what is exported.")
    with interruption() as noted, own_screen(STANDARD_OUTPUT) as screen, TemporaryDirectory() as aside:
        fresh, subject = Path(aside) / "export", _subject(format, options)
        try:
            save(format, Offer(subject.name, lambda: subject), fresh, _asked(noted))
        except Cancelled:
            return INTERRUPTED
        except CannotExport as error:
            raise flags.Refused(str(error)) from error
        with fresh.open(encoding="utf-8", newline="") as text:
            shutil.copyfileobj(text, screen.output)
        screen.output.flush()
    if subject.doubt:
        complain(subject.doubt)
    return 0


def _place(format: Format[ExportedRun], subject: ExportedRun, options: argparse.Namespace) -> Path:
    """Return where an export is to be.

    Raises:
        Refused: Something is there that nobody wants to lose.
    """
    name = file_name(subject.name, "run") + format.suffix
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
