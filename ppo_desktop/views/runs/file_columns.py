"""The columns of the table of kept comparisons or studies: a row for each file. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from ppo_desktop.comparison.csv_text import csv_text
from ppo_desktop.kept_files import KeptFile
from ppo_desktop.views.kit.library_menu import minute
from ppo_desktop.views.kit.table import Column, word_column


def file_columns(files: Sequence[KeptFile]) -> list[Column]:
    """Return the columns, the most important first."""
    return [
        word_column(header, meaning, [*map(text, files)], name)
        for header, meaning, text, name in (
            ("Name", "What it is called", attrgetter("name"), "name"),
            ("Environment", "What is learnt", attrgetter("environment_id"), "environment"),
            ("Done", "How much of it is done", attrgetter("done"), "done"),
            ("Changed", "When its file was last changed", lambda file: minute(file.changed), "changed"),
            ("Problem", "Why it cannot be opened", attrgetter("problem"), "problem"),
        )
    ]


def files_csv(files: Sequence[KeptFile]) -> str:
    """Return a row for each file."""
    return csv_text(
        {
            "name": file.name,
            "environment_id": file.environment_id,
            "done": file.done,
            "changed": f"{file.changed:%Y-%m-%d %H:%M:%S}",
            "file": str(file.path),
            "problem": file.problem,
        }
        for file in files
    )
