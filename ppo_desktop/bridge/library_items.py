"""What is kept, as lists show it: runs, comparisons and studies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from ppo_desktop.kept_files import KeptFile
from ppo_desktop.library import Entry, Labels
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.presets import nearest_preset, uncounted_fields
from ppo_desktop.runs.symptoms import SYMPTOMS

_ALGORITHMS = {each.value: each.label for each in Algorithm}
_DEFAULTS = Hyperparameters()


class Kind(Labelled):
    """What can be kept."""

    RUN = "run", "Runs"
    COMPARISON = "comparison", "Comparisons"
    STUDY = "study", "Studies"

    def counted(self, number: int) -> str:
        """Return so many of it, in words."""
        return counted(number, self.value, self.label.lower())


@dataclass(frozen=True, eq=False)
class Item(ABC):
    """Something that is kept.

    Attributes:
        words: All by which it is found, in lower case.
    """

    words: str

    @property
    @abstractmethod
    def id(self) -> str:
        """By which it is known."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What it is called."""

    @property
    def labels(self) -> Labels:
        """What the user says of it."""
        return Labels()

    def has_all(self, sought: Iterable[str]) -> bool:
        """Return whether all these words stand in it, in lower case; a whole number as a word of its own."""
        return all(word in (self.words.split() if word.isdigit() else self.words) for word in sought)


@dataclass(frozen=True, eq=False)
class RunItem(Item):
    """A kept run.

    Attributes:
        entry: What is kept of it.
        preset: The preset nearest to its settings; empty where they are not understood.
        differing: What differs from that now, in words.
    """

    entry: Entry
    preset: str
    differing: str

    @property
    def id(self) -> str:
        """Its id, which is the name of its folder."""
        return self.entry.id

    @property
    def name(self) -> str:
        """What it is called: as the user wants it, else by its preset."""
        return self.labels.name or self.preset

    @property
    def labels(self) -> Labels:
        """What the user says of it."""
        return self.entry.labels

    @property
    def algorithm(self) -> str:
        """By which it learns, as it is called."""
        return _ALGORITHMS.get(self.entry.summary.algorithm, self.entry.summary.algorithm)

    @property
    def symptom(self) -> str:
        """What was going wrong when it was left, in a few words; empty for nothing certain."""
        return SYMPTOMS.get(self.entry.summary.symptom, "")

    @property
    def full_name(self) -> str:
        """What it is called, with what tells it from others."""
        if self.labels.name:
            return self.labels.name
        settings = f"{self.preset} with {self.differing}" if self.differing else self.preset
        return f"{settings}, seed {self.entry.summary.seed}"


@dataclass(frozen=True, eq=False)
class FileItem(Item):
    """A comparison or a study.

    Attributes:
        file: What is said of its file.
    """

    file: KeptFile

    @property
    def id(self) -> str:
        """The path of its file."""
        return str(self.file.path)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.file.name


def run_item(entry: Entry) -> RunItem:
    """Return a run as lists show it."""
    summary = entry.summary
    try:
        values = _DEFAULTS.changed({**summary.hyperparameters, **summary.changed})
        preset, differing = nearest_preset(summary.environment_id, values, uncounted_fields(values))
    except (InvalidHyperparameter, TypeError):
        name, differing = "", ""
    else:
        name = preset.name
    symptom = SYMPTOMS.get(summary.symptom, "")
    said = (
        entry.labels.name,
        entry.labels.note,
        name,
        differing,
        entry.began,
        entry.id,
        summary.reason,
        symptom,
    )
    words = (*said, summary.environment_id, summary.algorithm, f"seed {summary.seed}")
    return RunItem("\n".join(words).casefold(), entry, name, differing)


def file_item(file: KeptFile) -> FileItem:
    """Return a comparison or a study as lists show it."""
    words = (file.name, file.path.name, file.environment_id, f"{file.changed:%Y-%m-%d}")
    return FileItem("\n".join(words).casefold(), file)
