"""Exports that are painted: the only ones for which a command loads Qt, when they are written."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.cli import flags
from ppo_desktop.exports.film_plan import FILM_KINDS, FRAME_RATES, N_STARTS, SPEEDS, FilmPlan, FilmSubject
from ppo_desktop.exports.format import Format, Progress

if TYPE_CHECKING:
    from ppo_desktop.exports.comparisons import ExportedComparison
    from ppo_desktop.exports.subject import ExportedRun

_USUAL = FilmPlan()


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare how a film is to be."""
    group = parser.add_argument_group("films")
    group.add_argument(
        "--film",
        choices=[subject.value for subject in FilmSubject],
        help="how it learned, or one episode of the policy at the moment; with @UPDATE the latter",
    )
    group.add_argument(
        "--seconds", type=float, default=_USUAL.seconds, metavar="N", help=f"how long ({_USUAL.seconds:g})"
    )
    group.add_argument(
        "--size", default=f"{_USUAL.width}x{_USUAL.height}", metavar="WxH", help="in pixels (1280x720)"
    )
    group.add_argument(
        "--fps",
        type=int,
        choices=FRAME_RATES,
        default=_USUAL.frame_rate,
        help=f"frames a second ({_USUAL.frame_rate})",
    )
    group.add_argument(
        "--speed",
        type=float,
        default=_USUAL.speed,
        metavar="X",
        help=f"times as fast as it looks natural, {SPEEDS[0]:g} to {SPEEDS[-1]:g} (1)",
    )
    group.add_argument("--no-plots", action="store_true", help="the environment alone, without curves")
    group.add_argument(
        "--deterministic", action="store_true", help="always take the most probable action, draw none"
    )
    group.add_argument(
        "--start",
        type=int,
        default=_USUAL.start,
        metavar="N",
        help=f"from which start state the episode begins, 1 to {N_STARTS} (1)",
    )
    group.add_argument("--dark", action="store_true", help="in the colours for the dark")


def formats(options: argparse.Namespace | None = None) -> tuple[Format[ExportedRun], ...]:
    """Return the formats that are painted, as the flags want them.

    Raises:
        Refused: A film cannot be so.
    """
    plan = _USUAL if options is None else _plan(options)
    films = (
        Format(
            id,
            f"Film as {kind.label}",
            kind.suffix,
            "export_film",
            partial(_write_film, id, plan, None if options is None else options.film),
            lambda _subject, kind=kind: kind.why_not(),  # type: ignore[misc]
        )
        for id, kind in FILM_KINDS.items()
    )
    return (*films, Format("html", "Report as HTML", ".html", "export_report", _write_report))


def _plan(options: argparse.Namespace) -> FilmPlan:
    width, cross, height = options.size.partition("x")
    if not (cross and width.isascii() and width.isdecimal() and height.isascii() and height.isdecimal()):
        raise flags.Refused(f"--size is written as 1280x720, not {options.size}.")
    try:
        return FilmPlan(
            width=int(width),
            height=int(height),
            frame_rate=options.fps,
            seconds=options.seconds,
            speed=options.speed,
            has_plots=not options.no_plots,
            is_deterministic=options.deterministic,
            start=options.start,
            is_dark=options.dark,
        )
    except ValueError as error:
        raise flags.Refused(str(error)) from error


def _write_film(
    kind: str, plan: FilmPlan, film: str | None, subject: ExportedRun, fresh: Path, progress: Progress
) -> None:
    from ppo_desktop.views.offscreen import write_film

    usual = FilmSubject.LEARNING if subject.is_at_end else FilmSubject.EPISODE
    plan = replace(plan, subject=usual if film is None else FilmSubject(film))
    write_film(kind, plan, subject, fresh, progress)


def _write_report(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.views.offscreen import write_report

    write_report(subject, fresh, progress)


def _write_comparison_report(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.views.offscreen import write_comparison_report

    write_comparison_report(subject, fresh, progress)


COMPARISON_REPORT = Format("html", "Report as HTML", ".html", "export_report", _write_comparison_report)
"""The one of a comparison."""
