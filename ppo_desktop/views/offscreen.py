"""Films and reports for commands, which have no window and need no display."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.film_plan import FilmPlan
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.subject import ExportedRun


def write_film(kind: str, plan: FilmPlan, subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write a film of a run, as `film.write_film` does."""
    with _without_display():
        from ppo_desktop.views import film

        film.write_film(kind, plan, subject, fresh, progress)


def write_report(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write the report of a run, as `report.write_run_report` does."""
    with _without_display():
        from ppo_desktop.views import report

        report.write_run_report(subject, fresh, progress)


def write_comparison_report(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    """Write the report of a comparison, as `report.write_comparison_report` does."""
    with _without_display():
        from ppo_desktop.views import report

        report.write_comparison_report(subject, fresh, progress)


@contextmanager
def _without_display() -> Iterator[None]:
    """Let Qt paint without a window, unless it does already."""
    if QGuiApplication.instance() is not None:
        yield
        return
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if sys.platform == "win32":  # where that platform looks for fonts in Qt's own folder, which has none
        os.environ.setdefault("QT_QPA_FONTDIR", str(Path(os.environ["SYSTEMROOT"], "Fonts")))
    application = QGuiApplication(["ppo-desktop"])
    try:
        yield
    finally:
        application.shutdown()
