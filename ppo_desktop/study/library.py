"""Studies kept as files, listed and moved about without Optuna."""

from __future__ import annotations

from pathlib import Path


def path_for(folder: Path, name: str) -> Path:
    """Return the file a study of that name has in a folder."""
    return folder / f"{name}.db"


def rename(path: Path, name: str) -> Path:
    raise NotImplementedError


def copy(path: Path, name: str) -> Path:
    raise NotImplementedError


def delete(path: Path) -> None:
    raise NotImplementedError
