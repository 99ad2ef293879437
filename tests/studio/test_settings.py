"""Settings: where they come from, and what they allow."""

import pytest

from abcrun import UsageError
from abcrun.studio import Settings


def test_settings_come_from_the_environment_and_go_there() -> None:
    given = Settings(host="::1", slots=5, max_queue=50, compose_timeout=2.5, token="abc")
    assert Settings.from_environment(given.to_environment()) == given
    assert Settings.from_environment({"ABCRUN_SLOTS": "", "PATH": "/"}) == Settings()
    with pytest.raises(UsageError, match="ABCRUN_SLOTS is 'many'"):
        Settings.from_environment({"ABCRUN_SLOTS": "many"})


@pytest.mark.parametrize(
    ("cores", "workers", "each"), [(1, 1, 1), (2, 1, 2), (8, 1, 2), (2, 2, 1), (8, 4, 2), (2, 5, 1)]
)
def test_workers_share_the_cores(cores: int, workers: int, each: int) -> None:
    shared = Settings(workers=workers)
    assert (shared.composing_threads(cores), shared.rendering_processes(cores)) == (each, each)
    given = Settings(workers=workers, threads=3, renderers=4)
    assert (given.composing_threads(cores), given.rendering_processes(cores)) == (3, 4)


@pytest.mark.parametrize(
    "given",
    [
        {"host": "0.0.0.0"},
        {"host": "192.168.1.2"},
        {"host": "::"},
        {"host": "example.org"},
        {"allow_hosts": "tunes.example"},
    ],
)
def test_an_open_door_needs_a_token(given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="set a token"):
        Settings(**given)
    Settings(**given, token="x")
