"""What can be taken out of a comparison: its figure, its table, its runs."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.export import caption, runs_csv, summary_csv
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.exports.by_command import write_comparison_by_command
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.format import Format, Offer
from ppo_desktop.exports.formats import COMPARISON_FORMATS
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.kit.export_menu import NOTHING_YET, Exported, ExportMenu

_REPORT: Format[ExportedComparison] = Format(
    "html", "Report as HTML", ".html", "export_report", partial(write_comparison_by_command, "html")
)


def comparison_export_menu(
    comparisons: ComparisonSession, painted: Callable[[str, str], Figure], parent: QWidget
) -> ExportMenu:
    """Return the menu.

    Args:
        comparisons: What is shown.
        painted: Returns the results as a figure, given its title and its caption.
        parent: Above what dialogs stand.
    """

    def subject() -> Comparison | None:
        """Return the comparison without what may change while it is shown: its name and its seeds."""
        shown, digest = comparisons.comparison, comparisons.digest
        has_results = shown is not None and digest is not None and digest.estimates
        return shown.titled("").with_seeds(1) if shown is not None and has_results else None

    def heading() -> str:
        return "" if comparisons.comparison is None else comparisons.comparison.title

    def figure() -> Figure:
        digest, file = comparisons.digest, comparisons.path
        assert digest is not None
        day = datetime.date.today() if file is None else datetime.date.fromtimestamp(file.stat().st_mtime)
        comparisons.highlight(None)  # what the mouse rests on is no part of the result
        return painted(heading(), caption(digest, comparisons.engine, day))

    def table() -> str:
        assert comparisons.digest is not None
        return summary_csv(comparisons.digest)

    def runs() -> str:
        assert comparisons.comparison is not None
        return runs_csv(comparisons.comparison, comparisons.records)

    def offers() -> list[Offer[ExportedComparison]]:
        if subject() is None or comparisons.comparison is None:
            return []
        taken_out = ExportedComparison(comparisons.comparison, dict(comparisons.records))
        return [Offer(heading(), lambda: taken_out)]

    exported = Exported("comparison", subject, heading)
    menu = ExportMenu("export_menu", exported, comparisons.notices, parent)
    menu.add_figure(figure)
    menu.add_table("Table", table)
    menu.add_table("Runs", runs, " runs.csv")
    menu.add_formats((*COMPARISON_FORMATS, _REPORT), offers, NOTHING_YET)
    return menu
