"""Formats that are painted; what paints one is loaded when it is asked for."""

from __future__ import annotations

from pathlib import Path

from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.format import Format, Progress
from ppo_desktop.exports.subject import ExportedRun


def _write_report(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.views.report import write_run_report

    write_run_report(subject, fresh, progress)


def _write_comparison_report(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    from ppo_desktop.views.report import write_comparison_report

    write_comparison_report(subject, fresh, progress)


REPORT = Format("html", "Report as HTML", ".html", "export_report", _write_report)
COMPARISON_REPORT = Format("html", "Report as HTML", ".html", "export_report", _write_comparison_report)
