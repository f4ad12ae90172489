from __future__ import annotations

import pytest
from google.protobuf import descriptor_pb2, struct_pb2, wrappers_pb2

from ppo_desktop.exports.protobuf import content, double, integer, single, varint


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 2**31 - 1, 2**63 - 1])
def test_whole_numbers_are_read_back(number: int) -> None:
    assert wrappers_pb2.Int64Value.FromString(integer(1, number)).value == number


def test_numbers_are_in_groups_of_seven_bits() -> None:
    assert [varint(number).hex() for number in (0, 1, 127, 128, 300)] == ["00", "01", "7f", "8001", "ac02"]


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        varint(-1)


def test_real_numbers_are_read_back_in_their_precision() -> None:
    assert wrappers_pb2.DoubleValue.FromString(double(1, 0.1)).value == 0.1
    assert wrappers_pb2.FloatValue.FromString(single(1, 0.1)).value == pytest.approx(0.1, abs=1e-8)


def test_texts_and_messages_are_read_back_also_with_fields_of_two_bytes() -> None:
    option = content(999, content(2, content(1, "ε"), integer(2, 1)), content(3, "ε" * 100))
    read = descriptor_pb2.MessageOptions.FromString(option).uninterpreted_option[0]
    assert (read.name[0].name_part, read.name[0].is_extension) == ("ε", True)
    assert read.identifier_value == "ε" * 100


def test_what_cannot_be_encoded_of_a_text_is_a_question_mark() -> None:
    assert wrappers_pb2.StringValue.FromString(content(1, "a\ud800b")).value == "a?b"


def test_fields_may_come_several_times() -> None:
    values = b"".join(content(1, double(2, number)) for number in (1.0, 2.5))
    assert [value.number_value for value in struct_pb2.ListValue.FromString(values).values] == [1.0, 2.5]
