"""Instruments go by name or by General MIDI program, and every program has one."""

import pytest

from abcrun.errors import UsageError
from abcrun.sound.instruments import (
    DEFAULT_PROGRAM,
    INSTRUMENT_PROGRAMS,
    instrument_of,
    program_number,
)


def test_the_program_is_chosen_by_number_or_by_the_name_of_an_instrument() -> None:
    for name, number in INSTRUMENT_PROGRAMS.items():
        assert (
            program_number(name) == program_number(name.upper()) == program_number(number) == number
        )
    assert program_number("73") == 73
    assert program_number("harp") == DEFAULT_PROGRAM


@pytest.mark.parametrize("wrong", [-1, 128, "kazoo", "", "128", "4²", "9" * 5000])
def test_a_program_that_does_not_exist_is_a_usage_error(wrong: int | str) -> None:
    with pytest.raises(UsageError):
        program_number(wrong)


def test_every_program_is_played_by_an_instrument_that_has_a_name() -> None:
    named = {id(instrument_of(program)) for program in INSTRUMENT_PROGRAMS.values()}
    assert len(named) == len(INSTRUMENT_PROGRAMS)
    assert {id(instrument_of(program)) for program in range(128)} == named
