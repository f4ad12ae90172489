"""`ppo-desktop comparisons`: what is kept of comparisons."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ppo_desktop.cli import export, flags, painted
from ppo_desktop.cli.trust import trust_module
from ppo_desktop.exports.formats import COMPARISON_FORMATS

if TYPE_CHECKING:
    from ppo_desktop.exports.comparisons import ExportedComparison

SUMMARY = "export kept comparisons"
_FORMATS = (*COMPARISON_FORMATS, painted.COMPARISON_REPORT)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `comparisons`."""
    parser.description = "What is kept of comparisons."
    actions = parser.add_subparsers(dest="action", required=True, parser_class=flags.IntermixedParser)
    exporting = actions.add_parser("export", help="write one as a report or for others", allow_abbrev=False)
    exporting.add_argument(
        "comparison", type=Path, metavar="COMPARISON", help="its file, as `compare --keep` says it"
    )
    export.add_flags(exporting, _FORMATS, "the comparison")


def run(options: argparse.Namespace) -> int:
    """Export a comparison and return the exit status.

    Raises:
        Refused: There is none, or it cannot be written there.
    """
    format = next(format for format in _FORMATS if format.id == options.to)
    return export.run(format, lambda: _found(options), options)


def _found(options: argparse.Namespace) -> export.Found[ExportedComparison]:
    """Return the comparison, with the runs that have not ended where its file has such.

    Raises:
        Refused: It cannot be read.
    """
    from ppo_desktop.comparison.store import UnreadableComparison, load
    from ppo_desktop.exports.comparisons import ExportedComparison

    trust_module(options.env)
    try:
        kept = load(options.comparison)
    except UnreadableComparison as error:
        raise flags.Refused(str(error)) from error
    subject = ExportedComparison(kept.comparison, {**kept.unfinished, **kept.records})
    return export.Found(subject, kept.comparison.title, lambda: kept.remark(options.comparison.name))
