"""What a pupil has answered: kept in one small file, and written as a line that a teacher can collect."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ppo_desktop.lessons.lesson import Choice, Lesson, Look, Predict
from ppo_desktop.ppo.messages import counted, one_line
from ppo_desktop.schema import NOT_UNDERSTOOD, JsonObject, Schema, UnusableFile, encodable, refuse
from ppo_desktop.whole_files import put_aside, read_bounded, write_whole

SCHEMA = Schema()
LONGEST_REASON = 300
"""Characters."""
_LARGEST_FILE = 1_000_000
_LESSONS, _VERSION = "lessons", "version"
_BEGINNING = "ppo-lesson:1:"
_LONGEST_LINE = 4_000
_MOST_REASONS = 50
_MOST_LINES = 2_000
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answers:
    """What one pupil has answered in one lesson.

    Attributes:
        predicted: The letter of the prediction; empty before it is committed.
        reason: Why.
        seen: The letters of what was seen, one for each question that has been answered.
        is_finished: Whether the lesson has been gone through to its end.
        place: Number of the step at which the lesson goes on, from 0; 0 where it begins anew.
    """

    predicted: str = ""
    reason: str = ""
    seen: tuple[str, ...] = ()
    is_finished: bool = False
    place: int = 0

    def line(self, lesson_id: str) -> str:
        """Return it as the one line that a teacher collects: "ppo-lesson:1:clip-off?predicted=b&…"."""
        said = {"predicted": self.predicted, "saw": "".join(self.seen), "because": self.reason}
        return f"{_BEGINNING}{lesson_id}?{urlencode(said)}"


def going_on(lesson: Lesson, answers: Answers) -> Answers:
    """Return the answers with which a lesson goes on, and where; none of them where it begins anew.

    What is kept may be of a former version, or of a file that has been changed since: no question is
    passed without an answer that it has, and none that is answered is asked again.
    """
    is_left = answers.place > 0 or not answers.is_finished
    if not (is_left and answers.reason and _is_one_of(lesson.step(Predict).choices, answers.predicted)):
        return Answers(is_finished=answers.is_finished)
    looks = [(place, step) for place, step in enumerate(lesson.steps) if isinstance(step, Look)]
    n_seen = 0
    for (_, look), letter in zip(looks, answers.seen, strict=False):
        if not _is_one_of(look.choices, letter):
            break
        n_seen += 1
    first = looks[n_seen - 1][0] + 1 if n_seen else lesson.steps.index(lesson.step(Predict)) + 1
    last = looks[n_seen][0] if n_seen < len(looks) else len(lesson.steps) - 1
    return replace(answers, seen=answers.seen[:n_seen], place=min(max(answers.place, first), last))


def _is_one_of(choices: Iterable[Choice], letter: str) -> bool:
    return any(choice.id == letter for choice in choices)


@dataclass(frozen=True)
class LessonResult:
    """What a class has answered in one lesson.

    Attributes:
        predicted: {letter: how many}.
        seen: Likewise, of each question of what was seen.
        reasons: Some of them, with the letter of the prediction.
    """

    predicted: Counter[str] = field(default_factory=Counter)
    seen: list[Counter[str]] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def n_pupils(self) -> int:
        """How many lines there are of it."""
        return self.predicted.total()

    def count_seen(self, letters: Iterable[str]) -> None:
        """Count what one pupil has seen, question by question."""
        for place, letter in enumerate(letters):
            if place == len(self.seen):
                self.seen.append(Counter())
            self.seen[place][letter] += 1


@dataclass(frozen=True)
class ClassResult:
    """What many lines say.

    Attributes:
        lessons: {id of a lesson: what was answered there}.
        n_left_out: Lines that are none of a pupil.
    """

    lessons: dict[str, LessonResult]
    n_left_out: int

    def lines(self, titles: Mapping[str, str]) -> list[str]:
        """Return it for a teacher to read.

        Args:
            titles: {id of a lesson: its title}.
        """
        said = []
        for lesson_id, result in self.lessons.items():
            said.append(f"{titles.get(lesson_id, lesson_id)}: {counted(result.n_pupils, 'pupil')}")
            seen = "; then ".join(map(_counted, result.seen)) or "nothing"
            said += [f"  predicted: {_counted(result.predicted)}", f"  saw: {seen}"]
            said += [f"  {letter}, because {reason}" for letter, reason in sorted(result.reasons)]
        if self.n_left_out:
            said.append(f"Left out: {counted(self.n_left_out, 'line')} of no lesson.")
        return said


def class_result(text: str) -> ClassResult:
    """Return what the lines of many pupils say together; other lines are counted and left out."""
    lessons: dict[str, LessonResult] = {}
    n_left_out = 0
    for line in text.splitlines()[:_MOST_LINES]:
        if not line.strip():
            continue
        found = _answers_in(line.strip())
        if found is None:
            n_left_out += 1
            continue
        lesson_id, answers = found
        result = lessons.setdefault(lesson_id, LessonResult())
        result.predicted[answers.predicted] += 1
        result.count_seen(answers.seen)
        if answers.reason and len(result.reasons) < _MOST_REASONS:
            result.reasons.append((answers.predicted, answers.reason))
    return ClassResult(lessons, n_left_out)


def _answers_in(line: str) -> tuple[str, Answers] | None:
    """Return the id of the lesson and the answers that a line says; None where it is no such line."""
    lesson_id, question, said = line.removeprefix(_BEGINNING).partition("?")
    is_ours = (
        line.startswith(_BEGINNING) and len(line) <= _LONGEST_LINE and lesson_id.replace("-", "").isalnum()
    )
    if not (is_ours and question):
        return None
    values = dict(parse_qsl(said))
    predicted, seen = values.get("predicted", ""), values.get("saw", "")
    if not (_is_letter(predicted) and all(map(_is_letter, seen))):
        return None
    return one_line(lesson_id), Answers(predicted, _reason(values.get("because", "")), tuple(seen))


class AnswerBook:
    """The file of one pupil's answers.

    Attributes:
        remark: One line for the user, where the file could not be used; else empty.
    """

    def __init__(self, file: Path) -> None:
        self.remark = ""
        self._file = file
        self._values: JsonObject = {}
        try:
            self._values = self._read()
        except FileNotFoundError:
            self._values = {_LESSONS: {}}
        except (OSError, UnusableFile, *NOT_UNDERSTOOD) as error:
            logger.warning("The answers in %s cannot be used: %s", file, error)
            self._begin_anew("newer" if isinstance(error, UnusableFile) else "damaged")

    def of(self, lesson_id: str) -> Answers:
        """Return what was answered in a lesson; what is not understood is as if it was not answered."""
        values = self._values[_LESSONS].get(lesson_id)
        try:
            return Answers() if values is None else _from_json(values)
        except NOT_UNDERSTOOD:
            return Answers()

    def keep(self, lesson_id: str, answers: Answers) -> None:
        """Write down what was answered; what only a newer version knows, or another window wrote, stays.

        Raises:
            OSError: It cannot be written.
        """
        with suppress(OSError, UnusableFile, *NOT_UNDERSTOOD):
            self._values = self._read()
        before = self._values[_LESSONS].get(lesson_id)
        own = asdict(answers)
        self._values[_LESSONS][lesson_id] = {**(before if isinstance(before, dict) else {}), **own}
        write_whole(self._file, json.dumps({**self._values, _VERSION: SCHEMA.version}, indent=1))

    def _read(self) -> JsonObject:
        """Return what the file holds by now."""
        values = SCHEMA.migrate(json.loads(read_bounded(self._file, _LARGEST_FILE)))
        if not isinstance(values.setdefault(_LESSONS, {}), dict):
            refuse(values)
        return values

    def _begin_anew(self, why: str) -> None:
        self._values = {_LESSONS: {}}
        aside = put_aside(self._file, why)
        where = "" if aside is None else f"; they are set aside as {aside.name}"
        self.remark = f"The answers of earlier lessons could not be read{where}."


def _from_json(values: Any) -> Answers:
    known = {one.name: values[one.name] for one in fields(Answers) if one.name in values}
    answers = Answers(**{**known, "seen": tuple(known.get("seen", ()))})
    texts: Iterable[object] = (answers.predicted, answers.reason, *answers.seen)
    if not all(isinstance(text, str) for text in texts):
        refuse(values)
    return Answers(
        answers.predicted,
        _reason(answers.reason),
        answers.seen,
        is_finished=answers.is_finished is True,
        place=answers.place if type(answers.place) is int else 0,
    )


def _reason(text: str) -> str:
    """Return a reason on one line, whatever somebody has pasted."""
    return one_line(encodable("".join(letter if letter.isprintable() else " " for letter in text)))[
        :LONGEST_REASON
    ]


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.islower()


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{letter} {counts[letter]}" for letter in sorted(counts))
