"""What a pupil has answered is kept, whatever happens to the file; a class is counted from pasted lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ppo_desktop.lessons.answers import AnswerBook, Answers, class_result, going_on
from ppo_desktop.lessons.reading import parse_lesson
from tests.lessons_written import written

GIVEN = Answers("b", 'ε & "r" = 1? äöü', ("b", "a"), is_finished=True, place=3)


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    AnswerBook(file).keep("clip-off", GIVEN)
    book = AnswerBook(file)
    assert (book.of("clip-off"), book.of("other"), book.remark) == (GIVEN, Answers(), "")


def test_what_a_newer_version_has_added_stays(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    kept = {"version": 1, "pupil": "Ann", "lessons": {"clip-off": {"predicted": "a", "minutes": 7}}}
    file.write_text(json.dumps(kept), encoding="utf-8")
    book = AnswerBook(file)
    assert book.of("clip-off") == Answers("a")
    book.keep("clip-off", GIVEN)
    values = json.loads(file.read_text(encoding="utf-8"))
    assert (values["pupil"], values["lessons"]["clip-off"]["minutes"]) == ("Ann", 7)


def test_what_another_window_has_written_stays(tmp_path: Path) -> None:
    first, second = (AnswerBook(tmp_path / "answers.json") for _ in range(2))
    first.keep("clip-off", GIVEN)
    second.keep("ratio-one", Answers("a"))
    book = AnswerBook(tmp_path / "answers.json")
    assert (book.of("clip-off"), book.of("ratio-one")) == (GIVEN, Answers("a"))


@pytest.mark.parametrize(
    ("content", "why"),
    [("no json", "damaged"), ("[]", "damaged"), ('{"version": 2}', "newer"), ('{"lessons": 3}', "damaged")],
)
def test_a_file_that_cannot_be_used_is_set_aside(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "answers.json"
    file.write_text(content, encoding="utf-8")
    book = AnswerBook(file)
    assert book.remark
    book.keep("clip-off", GIVEN)
    assert (tmp_path / f"answers.{why}.json").read_text(encoding="utf-8") == content
    assert AnswerBook(file).of("clip-off") == GIVEN


@pytest.mark.parametrize("values", [3, {"predicted": 3}, {"seen": [1]}, {"seen": 5}, {"reason": None}])
def test_answers_that_are_not_understood_are_none(tmp_path: Path, values: object) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"version": 1, "lessons": {"clip-off": values}}), encoding="utf-8")
    assert AnswerBook(file).of("clip-off") == Answers()


@pytest.mark.parametrize(
    ("kept", "goes_on_with"),
    [
        (Answers(), Answers()),
        (Answers("a", "so"), Answers("a", "so", place=1)),  # before steps were kept
        (Answers("a", "so", place=2), Answers("a", "so", place=2)),
        (Answers("a", "so", place=5), Answers("a", "so", place=2)),  # what was seen is missing
        (Answers("a", "so", ("c",)), Answers("a", "so", ("c",), place=3)),
        (Answers("a", "so", ("c", "a"), place=4), Answers("a", "so", ("c",), place=4)),
        (Answers("a", "so", ("f",), place=4), Answers("a", "so", place=2)),  # there is no such answer
        (Answers("a", "so", ("c",), place=99), Answers("a", "so", ("c",), place=5)),
        (Answers("f", "so", ("c",), place=4), Answers()),
        (Answers("a", "", place=1), Answers()),
        (Answers("a", "so", place=-3), Answers("a", "so", place=1)),
        (Answers("a", "so", ("c",), is_finished=True), Answers(is_finished=True)),
        (Answers("a", "so", is_finished=True, place=1), Answers("a", "so", is_finished=True, place=1)),
    ],
)
def test_a_lesson_goes_on_where_no_question_is_passed_and_none_asked_twice(
    kept: Answers, goes_on_with: Answers
) -> None:
    assert going_on(parse_lesson(written()), kept) == goes_on_with


def test_lines_of_pupils_are_counted_by_lesson() -> None:
    lines = [
        Answers("b", "it pushes on", ("b",)).line("clip-off"),
        Answers("a", "why not?", ("b",)).line("clip-off"),
        Answers("b", "", ()).line("clip-off"),
        Answers("c", "nothing moves", ("b",)).line("ratio-one"),
        "",
        "Hello",
        "ppo-lesson:1:../x?predicted=b",
        "ppo-lesson:1:clip-off?predicted=<b>",
        "ppo-lesson:2:clip-off?predicted=b",
    ]
    assert all(len(line.splitlines()) <= 1 for line in lines)
    result = class_result("\n".join(lines))
    clip_off = result.lessons["clip-off"]
    assert (clip_off.n_pupils, clip_off.predicted, clip_off.seen) == (3, {"b": 2, "a": 1}, [{"b": 2}])
    assert clip_off.reasons == [("b", "it pushes on"), ("a", "why not?")]
    assert result.lessons.keys() == {"clip-off", "ratio-one"}
    assert result.n_left_out == 4
    said = result.lines({"clip-off": "Without the clip?"})
    assert said[0] == "Without the clip?: 3 pupils"
    assert "  predicted: a 1, b 2" in said


def test_every_question_of_what_was_seen_is_counted() -> None:
    lines = [Answers("b", "", seen).line("clip-off") for seen in (("b", "a"), ("b", "c"), ("c",))]
    result = class_result("\n".join(lines))
    assert result.lessons["clip-off"].seen == [{"b": 2, "c": 1}, {"a": 1, "c": 1}]
    assert "  saw: b 2, c 1; then a 1, c 1" in result.lines({})


def test_a_reason_stays_on_one_line_whatever_was_pasted() -> None:
    line = Answers("b", "first\nsecond\u202e", ("b",)).line("clip-off")
    ((_, reason),) = class_result(line).lessons["clip-off"].reasons
    assert reason == "first second"
