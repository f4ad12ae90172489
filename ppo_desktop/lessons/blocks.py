"""The form of a lesson's file: a head, then fenced blocks with text above them; what they say comes later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ppo_desktop.ppo.messages import one_line

LARGEST_FILE = 100_000
"""Bytes; a lesson takes a few thousand."""
LONGEST_NAMED = 40
_HEAD = "---"
_FENCE = "```"
_BLANKS = str.maketrans("\t\u00a0\u202f", "   ")
_ENTRY = re.compile(r"([A-Za-z_]+)\s*:\s*(.*)")


class LessonError(ValueError):
    """A file that is no lesson; the message is one line, says where and what to do.

    Attributes:
        line: Number of the line it is about, from 1.
    """

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(one_line(f"line {line}: {problem}"))
        self.line = line


@dataclass(frozen=True)
class Entry:
    """One `key: value`, and the number of its line."""

    line: int
    key: str
    value: str


@dataclass
class Block:
    """A head or a step.

    Attributes:
        line: Number of the line that begins it.
        name: What stands behind the fence; empty for the head.
        above: The text above it.
        lines: What is inside, each line with its number.
    """

    line: int
    name: str
    above: str = ""
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What messages call it."""
        return f'the step "{self.name}"' if self.name else "the head"

    @property
    def text(self) -> str:
        """All that is inside, as paragraphs."""
        return paragraphs(line for _, line in self.lines)

    def entries(self) -> Iterator[Entry]:
        """Yield what is inside as `key: value`; after a blank a line goes on with the one above."""
        key, begin, parts = "", 0, list[str]()
        for number, line in self.lines:
            if not line.strip():
                continue
            if line[0].isspace() and key:
                parts.append(line.strip())
                continue
            if key:
                yield Entry(begin, key, " ".join(filter(None, parts)))
            found = _ENTRY.fullmatch(line.strip())
            if found is None:
                raise LessonError(number, f'in {self.title} write "key: value", not {quoted(line)}.')
            key, begin, parts = found[1], number, [found[2].strip()]
        if key:
            yield Entry(begin, key, " ".join(filter(None, parts)))


def quoted(text: str) -> str:
    """Return the beginning of what somebody wrote, in quotation marks."""
    text = " ".join(text.split())
    return f'"{text if len(text) <= LONGEST_NAMED else text[: LONGEST_NAMED - 1] + "…"}"'


def paragraphs(lines: Iterator[str]) -> str:
    """Return lines as paragraphs, one line each, with an empty line between two."""
    joined = "\n".join(line.strip() for line in lines)
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\n+", joined) if part.strip())


def read_blocks(content: bytes) -> list[Block]:
    """Return the head of a lesson's file and its steps; LessonError says what is not of that form."""
    lines = _lines(content)
    begin = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if not lines or lines[begin].strip() != _HEAD:
        raise LessonError(begin + 1, f'a lesson begins with a head: a line "{_HEAD}", then "lesson: 1".')
    end = next((n for n in range(begin + 1, len(lines)) if lines[n].strip() == _HEAD), None)
    if end is None:
        raise LessonError(begin + 1, f'the head has no end: write a line "{_HEAD}" below it.')
    head = Block(begin + 1, "", lines=[(n + 1, lines[n]) for n in range(begin + 1, end)])
    return [head, *_steps(lines, end + 1)]


def _lines(content: bytes) -> list[str]:
    """Return the lines of a file as editors number them, all of characters that can be shown."""
    if len(content) > LARGEST_FILE:
        raise LessonError(1, f"the file is too large to be a lesson: at most {LARGEST_FILE // 1000} kB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LessonError(line, "this is not UTF-8; save the file as UTF-8 in your editor.") from None
    lines = text.replace("\r\n", "\n").translate(_BLANKS).split("\n")
    for number, shown in enumerate(lines, start=1):
        if not shown.isprintable():
            raise LessonError(number, "there is a character that cannot be shown; take it out.")
    return lines


def _steps(lines: list[str], begin: int) -> Iterator[Block]:
    """Yield the fenced steps from a line on, each with the text above it."""
    above: list[str] = []
    step: Block | None = None
    for number, line in enumerate(lines[begin:], start=begin + 1):
        is_fence = line.startswith(_FENCE)
        if step is not None and is_fence and line.strip() == _FENCE:
            yield step
            step = None
        elif step is not None and is_fence:
            raise LessonError(number, f"{step.title} is still open: close it with {_FENCE} first.")
        elif step is not None:
            step.lines.append((number, line))
        elif is_fence:
            step = Block(number, line.removeprefix(_FENCE).strip(), paragraphs(iter(above)))
            above = []
        else:
            above.append(line)
    if step is not None:
        raise LessonError(step.line, f"{step.title} has no end: close it with a line {_FENCE}.")
    if (left := next((n for n, line in enumerate(above) if line.strip()), None)) is not None:
        raise LessonError(len(lines) - len(above) + left + 1, "no step follows this text: take it out.")
