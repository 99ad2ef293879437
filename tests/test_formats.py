"""Every format says once how its file is called and what it holds."""

import pytest

from abcrun.formats import DEVICES, FORMATS, PRECISIONS, SOUND_FORMATS
from abcrun.studio import jobs


def test_no_two_formats_write_to_one_file() -> None:
    suffixes = [one.suffix for one in FORMATS.values()]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") for suffix in suffixes)


def test_sound_is_what_is_played() -> None:
    assert SOUND_FORMATS == ("wav", "flac", "ogg", "mp3")
    assert all(FORMATS[name].media_type.startswith("audio/") for name in SOUND_FORMATS)


@pytest.mark.parametrize("suffix", jobs.MEDIA_TYPES)
def test_the_service_renders_what_has_a_suffix_of_its_own(suffix: str) -> None:
    (found,) = [one for one in FORMATS.values() if one.suffix == f".{suffix}"]
    assert jobs.MEDIA_TYPES[suffix] == found.media_type


def test_auto_is_the_first_choice_of_devices_and_precisions() -> None:
    assert DEVICES == ("auto", "cpu", "cuda")
    assert PRECISIONS == ("auto", "float32", "int8")
