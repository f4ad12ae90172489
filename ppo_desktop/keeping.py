"""Keeps a comparison that is made without a window where the window finds it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.store import ComparisonFile, new_file
from ppo_desktop.complaints import complain


class Keeping:
    """Puts each run into the comparison's file when it has ended, if that is wanted.

    Args:
        comparison: What is compared.
        folder: Where the file goes; None if nothing is kept.

    Attributes:
        problem: Why runs that have ended are not in the file; empty if all are.
    """

    def __init__(self, comparison: Comparison, folder: Path | None) -> None:
        self.problem = ""
        self._file: ComparisonFile | None = None if folder is None else new_file(folder, comparison)
        self._lock = threading.Lock()

    def add(self, key: RunKey, record: RunRecord) -> None:
        """Keep a run, and those before it that could not be kept then; any thread may."""
        if self._file is None:
            return
        with self._lock:
            try:
                self._file.add(key, record)
                self.problem = ""
            except OSError as error:
                self.problem = error.strerror or str(error)

    def tell(self) -> None:
        """Say where it is kept, or why not all of it is."""
        if self._file is None:
            return
        if self.problem:
            complain(f"{self._file.path} cannot be written: {self.problem}.")
        elif self._file.path.exists():
            sys.stderr.write(f"ppo-desktop: kept in {self._file.path}\n")
