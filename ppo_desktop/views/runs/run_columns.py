"""The columns of the table of kept runs: a row for each run. No widgets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from operator import add, attrgetter

import numpy as np
from PySide6.QtGui import QPixmap

from ppo_desktop.bridge.library_items import RunItem
from ppo_desktop.comparison.csv_text import Row, csv_text, plain
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.views.kit.table import Column, column_over, word_column

STAR, NO_STAR = "★", "☆"
BRANCH = "└ "
STAR_COLUMN, NAME_COLUMN = "starred", "name"
ALWAYS_SHOWN = (STAR_COLUMN, NAME_COLUMN)
DISPENSABLE = ("note", "parent", "algorithm", "best_return", "steps", "curve", "seed", "environment")
"""What is left out, the first one first, where the table is alone and there is no room for all of it."""


def run_columns(
    items: Sequence[RunItem],
    depths: Sequence[int],
    names: Mapping[str, str],
    picture: Callable[[int, bool], QPixmap],
) -> list[Column]:
    """Return the columns, the most important first.

    Args:
        items: The runs.
        depths: How many of the runs above each a branch comes from.
        names: {id: name} of all runs there are.
        picture: Returns the small picture of a run's returns, given its place and whether its row is faint.
    """
    column = partial(column_over, items)

    def words(header: str, meaning: str, text: Callable[[RunItem], str], name: str) -> Column:
        return word_column(header, meaning, [*map(text, items)], name)

    def returns(header: str, meaning: str, field: str) -> Column:
        value = attrgetter(f"entry.summary.{field}")
        return column(
            header,
            meaning,
            number=lambda item: _number(value(item)),
            text=lambda item: return_text(value(item), item.entry.summary.environment_id),
            widest=("−1 234.5",),
            name=f"{field}_return",
        )

    indents = ["   " * max(depth - 1, 0) + BRANCH * bool(depth) for depth in depths]
    began = [item.entry.began[:-3] for item in items]
    this_year = f"{date.today():%Y}-"
    names_of_items = [item.name for item in items]
    curve = Column(
        "Mean return",
        "Mean return of the last 100 episodes, over all steps of the run; of an environment on the same "
        "scale for all runs",
        np.zeros(len(items)),
        lambda _row: "",
        [""] * len(items),
        is_words=True,
        icon=picture,
        name="curve",
    )
    return [
        column(
            STAR,
            "Starred runs are kept for good; a click stars a run",
            number=lambda item: item.labels.is_starred,
            text=lambda item: STAR if item.labels.is_starred else NO_STAR,
            widest=(STAR,),
            name=STAR_COLUMN,
        ),
        curve,
        word_column(
            "Run",
            "Its name, else its preset; a branch stands below the run that it has left",
            names_of_items,
            NAME_COLUMN,
            shown=[*map(add, indents, map(_shown_name, items))],
        ),
        words(
            "Differs",
            "What differs from the preset, with the values it has now",
            lambda item: item.differing,
            "differing",
        ),
        words("Environment", "What it learns", lambda item: item.entry.summary.environment_id, "environment"),
        words("Algorithm", "By which it learns", lambda item: item.algorithm, "algorithm"),
        column(
            "Seed",
            "Of everything that is drawn at random",
            number=lambda item: item.entry.summary.seed,
            text=lambda item: str(item.entry.summary.seed),
            name="seed",
        ),
        column(
            "Steps",
            "Environment steps learnt",
            number=lambda item: item.entry.summary.steps,
            text=lambda item: grouped(item.entry.summary.steps),
            widest=("10 000 000",),
            name="steps",
        ),
        returns("Best mean", "Highest mean return of 100 episodes: the highest point of the curve", "best"),
        returns("Last mean", "Mean return of the last 100 episodes: the end of the curve", "last"),
        words(
            "Symptom",
            "What was going wrong when it was left, if anything",
            lambda item: item.symptom,
            "symptom",
        ),
        replace(
            word_column(
                "Began",
                "When it began to learn",
                began,
                "began",
                shown=[moment.removeprefix(this_year) for moment in began],
            ),
            is_words=False,  # a time says nothing when it is cut
        ),
        words(
            "Branch of",
            "Which run it has left, and after which update",
            lambda item: parent_text(item, names),
            "parent",
        ),
        words("Note", "What is noted with it", lambda item: item.labels.note, "note"),
    ]


def _shown_name(item: RunItem) -> str:
    return f"{item.name} (archived)" if item.labels.is_archived else item.name


def return_text(value: float | None, environment_id: str) -> str:
    """Return a mean return as it is written everywhere for an environment; "—" for none."""
    if value is None:
        return "—"
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    return RETURN.digits(value, None if known is None else known.return_decimals)


def parent_text(item: RunItem, names: Mapping[str, str]) -> str:
    """Return of which run another is a branch, and from where; empty if of none."""
    parent = item.entry.summary.parent
    return (
        "" if parent is None else f"{names.get(parent.run, 'a deleted run')}, update {grouped(parent.update)}"
    )


def runs_csv(items: Sequence[RunItem]) -> str:
    """Return a row for each run: what is said of it, and every hyperparameter with the value it has now."""
    return csv_text(_row(item) for item in items)


def _row(item: RunItem) -> Row:
    entry, summary, parent = item.entry, item.entry.summary, item.entry.summary.parent
    row: Row = {
        "run": entry.id,
        "name": entry.labels.name,
        "note": entry.labels.note,
        "starred": plain(entry.labels.is_starred),
        "archived": plain(entry.labels.is_archived),
        "began": entry.began,
        "environment_id": summary.environment_id,
        "algorithm": summary.algorithm,
        "seed": summary.seed,
        "engine": summary.engine,
        "parent": None if parent is None else parent.run,
        "parent_update": None if parent is None else parent.update,
        "updates": summary.updates,
        "steps": summary.steps,
        "episodes": summary.episodes,
        "best_return": summary.best,
        "last_return": summary.last,
        "symptom": summary.symptom,
        "reason": summary.reason,
    }
    values = {**summary.hyperparameters, **summary.changed}
    return row | {name: plain(values[name]) if name in values else None for name in DECLARATIONS}


def _number(value: float | None) -> float:
    return math.nan if value is None else value
