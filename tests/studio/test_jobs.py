"""The jobs of the rendering processes."""

from abcrun.studio.jobs import file_name


def test_names_of_files_are_harmless() -> None:
    assert file_name("The Long Way") == "the-long-way"
    assert file_name('../../etc/passwd"\r\nX: y') == "etc-passwd-x-y"
    assert file_name("Ríl na gCaorach") == "ril-na-gcaorach"
    assert file_name("琴") == file_name("") == "tune"
    assert len(file_name("a" * 5000)) == 60
