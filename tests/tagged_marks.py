"""The marks of a plot that have a tag."""

from __future__ import annotations

from ppo_desktop.views.charts.curve_marks import MarksItem


def shown_labels(marks: MarksItem) -> list[str]:
    """Return the labels for which there is room, from left to right."""
    return [tag.mark.label for tag in sorted(marks._laid_out()[1], key=lambda tag: tag.column)]
