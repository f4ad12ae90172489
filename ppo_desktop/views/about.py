"""What the program is, what it stands on, and where it keeps its files."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import QUrl, qVersion

from ppo_desktop import __version__
from ppo_desktop.user_files import (
    cache_folder,
    comparisons_folder,
    log_file,
    settings_file,
    studies_folder,
)

_PACKAGES = {
    "PyTorch": "torch",
    "NumPy": "numpy",
    "Numba": "numba",
    "Gymnasium": "gymnasium",
    "Optuna": "optuna",
}
"""{name: its distribution}."""


def about_text() -> str:
    """Return it as Markdown, with a link to each folder."""
    parts = (
        f"## PPO Desktop {__version__}",
        "See proximal policy optimization at work. MIT licence.",
        _table("Built with", "Version", versions()),
        _table("Files", "Folder", {name: _link(folder) for name, folder in folders().items()}),
        "`PPO_DESKTOP_HOME` moves all of them; nothing else is written.",
    )
    return "\n\n".join(parts)


def versions() -> dict[str, str]:
    """Return {name: version} of what the program stands on."""
    found = {"Python": platform.python_version(), "Qt": qVersion()}
    for name, distribution in _PACKAGES.items():
        try:
            found[name] = version(distribution)
        except PackageNotFoundError:  # a frozen program may have come without its descriptions
            found[name] = "unknown"
    return found


def folders() -> dict[str, Path]:
    """Return {what: folder} of all that the program writes."""
    return {
        "Settings": settings_file().parent,
        "Comparisons": comparisons_folder(),
        "Studies": studies_folder(),
        "Log": log_file().parent,
        "Fast engine": cache_folder(),
    }


def _table(first: str, second: str, rows: dict[str, str]) -> str:
    return "\n".join((f"| {first} | {second} |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows.items())))


def _link(folder: Path) -> str:
    path = str(folder).replace("|", "\\|")
    encoded = QUrl.fromLocalFile(str(folder)).toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return f"[{path}](<{encoded}>)"
