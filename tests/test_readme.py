"""The README is true: its example runs, its commands exist, and its Spanish twin has
the same ones."""

import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from abcrun.cli import main
from tests.conftest import run
from tests.traditional import ALL

ROOT = Path(__file__).parents[1]
ENGLISH, SPANISH = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.es.md")
)


def commands(text: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [
        line.partition("  #")[0].strip()
        for block in blocks
        for line in block.splitlines()
        if line.strip()
    ]


def test_the_example_runs(tmp_path: Path) -> None:
    (example,) = [
        code
        for code in re.findall(r"```python\n(.*?)```", ENGLISH, re.DOTALL)
        if "import abcrun" in code
    ]
    (tmp_path / "tunes.abc").write_text("\n".join(ALL) + "\n\n")
    (tmp_path / "example.py").write_text(example)
    result = run(sys.executable, "-W", "error", "example.py", cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout.startswith(b"X:")
    assert b"seconds; valid: True" in result.stdout
    assert (tmp_path / "tune.mp3").stat().st_size > 10_000


@pytest.mark.parametrize(
    "command", [line for line in commands(ENGLISH) if line.startswith("abcrun ")]
)
def test_the_commands_exist_with_their_options(command: str) -> None:
    _, name, *arguments = shlex.split(command.replace("$'", "'").partition(" > ")[0])
    subcommand = main.commands[name]
    with click.Context(subcommand) as context:
        subcommand.parse_args(context, arguments)


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = {
        word
        for line in commands(ENGLISH)
        if line.startswith("make ")
        for word in line.split()[1:]
        if "=" not in word
    }
    for target in targets - {'(1).txt"'}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_spanish_twin_has_the_same_commands() -> None:
    assert commands(SPANISH) == commands(ENGLISH)


@pytest.mark.parametrize("text", [ENGLISH, SPANISH], ids=["English", "Spanish"])
def test_what_is_linked_is_there(text: str) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (ROOT / target).is_file(), target
