"""Reads a lesson's file, strictly: what is not known, missing or contradictory is refused by its line.

docs/lessons.md describes the format. Nothing that a file names is opened, imported or evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ppo_desktop.comparison.measures import MEASURES
from ppo_desktop.lessons.blocks import LARGEST_FILE, Block, Entry, LessonError, quoted, read_blocks
from ppo_desktop.lessons.claim import Claim, Kind
from ppo_desktop.lessons.entries import (
    LONGEST_LINE,
    Fields,
    known,
    limited,
    member,
    names,
    number,
    pieces,
    short,
    whole,
)
from ppo_desktop.lessons.lesson import (
    CARDS,
    CONTROLS,
    CURVES,
    FIRST_SEED,
    Axis,
    Begin,
    Choice,
    Explain,
    Lesson,
    Look,
    Part,
    Predict,
    Run,
    Step,
    Transfer,
    Verdict,
)
from ppo_desktop.lessons.settings import (
    CHANGEABLE,
    SETTINGS_KEYS,
    Change,
    read_comparison,
    read_settings,
    read_values,
    write_change,
)
from ppo_desktop.ppo.hyperparameters import TRAINING_FIELDS
from ppo_desktop.ppo.messages import listed
from ppo_desktop.ppo.settings import RunSettings

VERSION = 1
"""Of the format."""
LONGEST_TEXT = 400
"""Characters of the text above a step."""
LONGEST_EXPLANATION = 2_000
MOST_MINUTES = 60
MOST_CLAIMS = 6
_LETTERS = tuple("abcdef")
"""Of the answers there can be."""
_REASON = "Why do you think so?"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HEAD_KEYS = (
    *("lesson", "id", "title", "part", "minutes", *SETTINGS_KEYS, "seeds", "steps"),
    *("show", "sliders", "lock", "axes", "begin"),
)
_CLAIM = re.compile(
    r"(?P<measure>\w+) (?:(?P<side>higher|lower)(?: by (?P<by>\S+))?|no difference within (?P<within>\S+))"
    r"(?: with (?P<change>.+))?"
)
_HOW_TO_CLAIM = (
    '"final_return lower by 100", "final_entropy higher" or "mean_return no difference within 20", and where '
    'there are several changes perhaps " with " and one of them'
)
_FOLLOWERS: dict[str, tuple[str, ...]] = {
    "": ("predict",),
    "predict": ("run",),
    "run": ("look",),
    "look": ("look", "explain"),
    "explain": ("verdict",),
    "verdict": ("transfer",),
    "transfer": (),
}
"""Which steps may follow each."""
_LAST = ("verdict", "transfer")


def load_lesson(path: Path) -> Lesson:
    """Return the lesson in a file, or raise LessonError; OSError where the file cannot be read."""
    with path.open("rb") as file:
        return parse_lesson(file.read(LARGEST_FILE + 1))


def parse_lesson(content: bytes) -> Lesson:
    """Return the lesson that is the content of a file, or raise LessonError."""
    head, *steps = read_blocks(content)
    _check_version(head)
    fields = Fields(head, _HEAD_KEYS)
    _check_order(head, steps)
    show = names(fields.need("show", "environment, mean_return"), CARDS, "card")
    run = next(block for block in steps if block.name == "run")
    title = short(fields.need("title", "What happens without the clip?"))
    changes = Fields(run, ("change",), several="change").several
    comparison, changed = read_comparison(fields, run.line, changes)
    begin = fields.find("begin")
    reader = _StepReader(show, changed)
    return Lesson(
        _read_id(fields.need("id", "clip-off")),
        title,
        member(Part, fields.need("part", "clipping")),
        whole(fields.need("minutes", "8"), 1, MOST_MINUTES),
        comparison.titled(title),
        show,
        names(fields.find("sliders"), TRAINING_FIELDS, "hyperparameter"),
        names(fields.find("lock"), CONTROLS, "control"),
        _read_axes(fields.find("axes"), [card for card in show if card in CURVES]),
        Begin.PLAYING if begin is None else member(Begin, begin),
        tuple(map(reader.read, steps)),
    )


# ---- the head ------------------------------------------------------------------------------------


def _check_version(head: Block) -> None:
    first = next(head.entries(), None)
    if first is None or first.key != "lesson":
        line = head.line if first is None else first.line
        raise LessonError(line, 'the head begins with "lesson: 1", which is the version of the format.')
    if whole(first, 1, 10**6) > VERSION:
        raise LessonError(
            first.line,
            f"this lesson is of version {first.value} of the format; update PPO Desktop to open it.",
        )


def _check_order(head: Block, steps: Sequence[Block]) -> None:
    """Raise LessonError unless steps follow each other as they must, to the last."""
    before = ""
    for step in steps:
        if step.name not in _FOLLOWERS or not step.name:
            there_are = ", ".join(name for name in _FOLLOWERS if name)
            raise LessonError(step.line, f"{quoted(step.name)} is no step; there are: {there_are}.")
        if step.name not in _FOLLOWERS[before]:
            expected = " or ".join(_FOLLOWERS[before]) or "nothing more"
            place = f'after "{before}"' if before else "as the first step"
            raise LessonError(step.line, f'{place} comes {expected}, not "{step.name}".')
        before = step.name
    if before not in _LAST:
        line = steps[-1].line if steps else head.line
        raise LessonError(line, f'the lesson is not complete: "{_FOLLOWERS[before][-1]}" is to follow.')


def _read_id(entry: Entry) -> str:
    if not _ID.fullmatch(entry.value) or len(entry.value) > LONGEST_LINE:
        raise LessonError(
            entry.line, 'an id is made of small letters and digits, with single hyphens between: "clip-off".'
        )
    return entry.value


def _read_axes(entry: Entry | None, curves: Sequence[str]) -> dict[str, Axis]:
    axes: dict[str, Axis] = {}
    for piece in [] if entry is None else pieces(entry):
        assert entry is not None
        words = piece.split()
        if len(words) != 3:
            raise LessonError(entry.line, f'an axis is written "mean_return 0 500", not {quoted(piece)}.')
        curve = known(entry, words[0], curves, "curve that is shown")
        axis = Axis(*(number(entry, word) for word in words[1:]))
        if axis.low >= axis.high or curve in axes:
            raise LessonError(entry.line, f"{curve} has one axis, and its lower end comes first.")
        axes[curve] = axis
    return axes


# ---- steps ---------------------------------------------------------------------------------------


class _StepReader:
    """Reads the steps of a lesson that shows some cards and makes some changes."""

    def __init__(self, show: Sequence[str], changes: Sequence[Change]) -> None:
        self._show = show
        self._changes = changes

    def read(self, block: Block) -> Step:
        """Return what a block says."""
        above = limited(block.line, block.above, LONGEST_TEXT, f"the text above {block.title}")
        match block.name:
            case "predict":
                fields = Fields(block, ("question", *_LETTERS, "reason"))
                reason = fields.find("reason")
                return Predict(above, *_read_question(fields), _REASON if reason is None else short(reason))
            case "run":
                return Run(above)
            case "look":
                return self._read_look(above, block)
            case "explain":
                return self._read_explanation(above, block)
            case "verdict":
                return self._read_verdict(above, block)
            case _:
                environment_id, wanted = read_settings(Fields(block, SETTINGS_KEYS))
                return Transfer(
                    above,
                    RunSettings(environment_id, wanted.algorithm, wanted.hyperparameters, FIRST_SEED),
                )

    def _read_look(self, above: str, block: Block) -> Look:
        fields = Fields(block, ("question", *_LETTERS, "expected", "point"))
        question, choices = _read_question(fields)
        expected = fields.find("expected")
        if expected is not None:
            known(expected, expected.value, [choice.id for choice in choices], "answer")
        right = "" if expected is None else expected.value
        return Look(above, question, choices, right, self._card(fields.find("point")))

    def _read_explanation(self, above: str, block: Block) -> Explain:
        """Read a text; its first line may be `point:` with a card."""
        first = next(((number, line) for number, line in block.lines if line.strip()), (block.line, ""))
        point: Entry | None = None
        if first[1].startswith("point:"):
            point = Entry(first[0], "point", first[1].removeprefix("point:").strip())
            block = Block(block.line, block.name, block.above, block.lines[block.lines.index(first) + 1 :])
        text = limited(block.line, block.text, LONGEST_EXPLANATION, block.title)
        if not text:
            raise LessonError(block.line, "there is no explanation: write it between the fences.")
        return Explain(above, text, self._card(point))

    def _read_verdict(self, above: str, block: Block) -> Verdict:
        claims = Fields(block, ("claim",), several="claim").several
        if not 1 <= len(claims) <= MOST_CLAIMS:
            raise LessonError(
                block.line, f"a verdict has 1 to {MOST_CLAIMS} claims, written {_HOW_TO_CLAIM}."
            )
        return Verdict(above, tuple(map(self._read_claim, claims)))

    def _card(self, point: Entry | None) -> str:
        return "" if point is None else known(point, point.value, self._show, "card that is shown")

    def _read_claim(self, entry: Entry) -> Claim:
        found = _CLAIM.fullmatch(" ".join(entry.value.split()))
        if found is None:
            raise LessonError(entry.line, f"a claim is written {_HOW_TO_CLAIM}.")
        measure = known(entry, found["measure"], list(MEASURES), "result")
        kind = Kind.SAME if found["side"] is None else Kind(found["side"])
        amount = number(entry, found["by"] or found["within"] or "0")
        if amount < 0.0:
            raise LessonError(entry.line, f'write how far apart as a positive number, not "{amount:g}".')
        return Claim(measure, kind, amount, self._variant(entry, found["change"]))

    def _variant(self, entry: Entry, change: str | None) -> int | None:
        """Return the number of the variant that a claim names."""
        if change is None:
            return None
        values = read_values(entry, CHANGEABLE, change)
        if values not in self._changes:
            there_are = listed([write_change(one) for one in self._changes])
            raise LessonError(
                entry.line, f"{quoted(change)} is no change of this lesson; its runs have {there_are}."
            )
        return self._changes.index(values) + 1


def _read_question(fields: Fields) -> tuple[str, tuple[Choice, ...]]:
    """Return a question and its answers a, b and so on."""
    question = short(fields.need("question", "What will the return do?"))
    found = [(letter, fields.find(letter)) for letter in _LETTERS]
    choices = tuple(Choice(letter, short(entry)) for letter, entry in found if entry is not None)
    are_in_order = [choice.id for choice in choices] == list(_LETTERS[: len(choices)])
    if len(choices) < 2 or not are_in_order:
        raise LessonError(
            fields.block.line, f"{fields.block.title} has answers a, b and so on, two at least."
        )
    return question, choices
