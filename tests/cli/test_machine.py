"""`abcrun info`: where a model comes from. doctor and bench have their own files."""

import json
from pathlib import Path

from tests.conftest import abcrun


def test_info_tells_where_a_model_comes_from(tiny_path: Path) -> None:
    assert b"songs (1).txt: 60 tunes" in abcrun("info", tiny_path).stdout
    assert b"2 LSTM layers of 512 units" in abcrun("info").stdout
    assert json.loads(abcrun("info", tiny_path, "--json").stdout)["hidden"] == 48
