from __future__ import annotations

import pytest

from ppo_desktop.ppo.messages import LONGEST_MESSAGE, counted, grouped, one_line, unbreakable, what_went_wrong


def test_a_message_of_many_lines_becomes_one() -> None:
    assert one_line("  first\n\n  second\tthird\r\n") == "first second third"


def test_a_very_long_message_is_cut() -> None:
    assert len(one_line("word " * 1000)) <= LONGEST_MESSAGE
    assert one_line("word " * 1000).endswith("…")


def test_one_very_long_word_is_cut_and_what_follows_is_kept() -> None:
    text = one_line("seed " + "1" * 5000 + " is not a number")
    assert text.startswith("seed 111")
    assert text.endswith("1… is not a number")
    assert len(text) <= LONGEST_MESSAGE


def test_an_error_is_named_with_what_it_says() -> None:
    assert what_went_wrong(KeyError("a\nb")) == "KeyError: 'a\\nb'"
    assert what_went_wrong(ValueError("two\nlines")) == "ValueError: two lines"
    assert what_went_wrong(ValueError()) == "ValueError"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1 000"), (12_800, "12 800"), (1234567.8, "1 234 568")],
)
def test_thousands_are_set_apart(number: float, text: str) -> None:
    assert grouped(number) == text


def test_a_text_does_not_wrap_inside_a_grouped_number() -> None:
    assert (
        unbreakable(f"in 2 of {grouped(1_012_800)} steps, 20 2048 3")
        == "in 2 of 1\u00a0012\u00a0800 steps, 20 2048 3"
    )


def test_what_is_counted_is_one_or_many() -> None:
    assert counted(1, "agent") == "1 agent"
    assert counted(1024, "sample") == "1 024 samples"
    assert counted(2, "minibatch", "minibatches") == "2 minibatches"
