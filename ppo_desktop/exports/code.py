"""What can be said of a run as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppo_desktop.exports.subject import ExportedRun


def why_not_as_code(subject: ExportedRun) -> str:
    """Return why nothing can be written that does again what a run has done, in one line; empty if it can."""
    first, _ = subject.kept.line[-1]
    if first.journal.parent is None:
        return ""
    return "The run goes on from one that has been deleted, so that its beginning is not known."
