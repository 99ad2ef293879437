"""`abcrun studio` and `serve`: their options. tests/studio has what they serve."""

import re

from abcrun.studio.settings import Settings
from tests.cli.shared import clean_failure
from tests.conftest import abcrun


def test_serve_takes_every_setting_as_an_option_and_a_variable() -> None:
    told = abcrun("serve", "--help", COLUMNS="200").stdout.decode()
    options = Settings.options()
    assert [one.name for one in options] == list(Settings.__dataclass_fields__)
    assert re.findall(r"^  (--[a-z-]+)", told, re.MULTILINE) == [one.flag for one in options]
    for one in options:
        assert one.variable in told


def test_studio_takes_what_concerns_this_machine_alone() -> None:
    told = abcrun("studio", "--help", COLUMNS="200").stdout.decode()
    assert re.findall(r"^  (--[a-z-]+)", told, re.MULTILINE) == [
        "--port",
        "--model",
        "--device",
        "--threads",
        "--browser",
    ]


def test_a_wrong_setting_is_one_clear_line_wherever_it_comes_from() -> None:
    clean_failure(abcrun("serve", "--port", "99999"), 2, "port")
    clean_failure(abcrun("serve", ABCRUN_PORT="99999"), 2, "port")
    clean_failure(abcrun("serve", "--host", "0.0.0.0"), 2, "token")
    clean_failure(abcrun("studio", "--model", "none.onnx"), 1, "no such model file")
