"""What an explanation is made of, whatever it explains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """What there is to say about one thing on the screen; every part but title and meaning may be empty.

    Attributes:
        title: What it is called: the slides' term, with its symbol if it has one.
        meaning: What it is, in a sentence or two; also the tooltip.
        formula: Its definition in Unicode text.
        high: What a high value says, or being switched on.
        low: What a low value says, or being switched off.
        ends: What `high` and `low` are called.
        library_name: The name other libraries use.
        measured: At which moment of an update a number is measured, as in "after the update".
        applies: When a change takes effect, as in "at the next rollout".
        source: Where to read on: slides, then papers, parted by "; ".
    """

    title: str
    meaning: str
    formula: str = ""
    high: str = ""
    low: str = ""
    ends: tuple[str, str] = ("High", "Low")
    library_name: str = ""
    measured: str = ""
    applies: str = ""
    source: str = ""

    @property
    def tooltip(self) -> str:
        """The meaning, then the library name, when it is measured, and when a change applies."""
        return f"{self.meaning}\n{self.usage}" if self.usage else self.meaning

    @property
    def usage(self) -> str:
        """The library name, when it is measured and when a change applies, as far as there is any of them."""
        sentences = []
        if self.library_name:
            sentences.append(f"Library name: {self.library_name}.")
        if self.measured:
            sentences.append(f"Measured {self.measured}.")
        if self.applies:
            sentences.append(f"Takes effect {self.applies}.")
        return " ".join(sentences)
