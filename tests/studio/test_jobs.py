"""The jobs of the rendering processes."""

import sys

from abcrun.studio.jobs import file_name
from tests.conftest import run


def test_a_process_loads_what_it_needs_when_it_prepares_itself_and_nothing_else() -> None:
    """NumPy after the limit of its threads; the server's own packages never."""
    script = """
import sys
from abcrun.studio import jobs
assert not {"numpy", "abcrun.rendering"} & sys.modules.keys()
jobs.prepare()
assert {"numpy", "abcrun.rendering"} <= sys.modules.keys()
assert not {"fastapi", "starlette", "pydantic", "onnxruntime"} & sys.modules.keys()
"""
    result = run(sys.executable, "-W", "error", "-c", script)
    assert result.returncode == 0, result.stderr.decode()


def test_names_of_files_are_harmless() -> None:
    assert file_name("The Long Way") == "the-long-way"
    assert file_name('../../etc/passwd"\r\nX: y') == "etc-passwd-x-y"
    assert file_name("Ríl na gCaorach") == "ril-na-gcaorach"
    assert file_name("琴") == file_name("") == "tune"
    assert len(file_name("a" * 5000)) == 60
    long = "The Rocky Road to Dublin and All the Way Back Home to Lovely Tuam"
    assert file_name(long) == "the-rocky-road-to-dublin-and-all-the-way-back-home-to-lovely"
