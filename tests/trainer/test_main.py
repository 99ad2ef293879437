"""The command line of the trainer: what is wrong is told in one line."""

from pathlib import Path

from tests.conftest import abctrain


def test_an_unusable_option_is_a_usage_error(tmp_path: Path) -> None:
    result = abctrain("train", "--recipe", "scottish", cwd=tmp_path)
    assert result.returncode == 2
    assert b"there are folk, irish" in result.stderr
    assert b"Traceback" not in result.stderr


def test_a_short_corpus_says_how_many_characters_are_needed(tmp_path: Path) -> None:
    (tmp_path / "short.abc").write_text("X:1\nK:D\nABc|\n\nX:2\nK:D\ndef|\n")
    result = abctrain("train", "--corpus", "short.abc", cwd=tmp_path)
    assert result.returncode == 1
    assert b"needs 12,801" in result.stderr


def test_export_without_a_run_says_what_to_do(tmp_path: Path) -> None:
    result = abctrain("export", cwd=tmp_path)
    assert result.returncode == 2
    assert b"make train" in result.stderr
