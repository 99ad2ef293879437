"""README and docs are true: their examples run, their commands exist, and their links
lead somewhere."""

import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from abcrun.cli import main
from tests.conftest import ROOT, run
from tests.traditional import ALL

ENGLISH, SPANISH = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.es.md")
)
PAPERS = [
    ROOT / "README.md",
    ROOT / "README.es.md",
    ROOT / "BENCHMARKS.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def commands(text: str) -> list[str]:
    """Return the lines of the shell examples, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [
        line.partition("  #")[0].strip()
        for block in blocks
        for line in block.splitlines()
        if line.strip()
    ]


EVERY_COMMAND = sorted({line for path in PAPERS for line in commands(path.read_text("utf-8"))})


def test_the_example_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", ENGLISH, re.DOTALL)
    (tmp_path / "tunes.abc").write_text("\n".join(ALL) + "\n\n")
    (tmp_path / "example.py").write_text(example)
    result = run(sys.executable, "-W", "error", "example.py", cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout.startswith(b"X:")
    assert b"seconds; valid: True" in result.stdout
    assert (tmp_path / "tune.mp3").stat().st_size > 10_000


@pytest.mark.parametrize("command", [line for line in EVERY_COMMAND if line.startswith("abcrun ")])
def test_the_commands_exist_with_their_options(command: str) -> None:
    _, name, *arguments = shlex.split(command.replace("$'", "'").partition(" > ")[0])
    with click.Context(main) as program:
        subcommand = main.get_command(program, name)
    assert subcommand is not None, name
    with click.Context(subcommand) as context:
        subcommand.parse_args(context, arguments)


@pytest.mark.parametrize("command", [line for line in EVERY_COMMAND if line.startswith("make ")])
def test_the_make_targets_exist(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = [word for word in shlex.split(command)[1:] if "=" not in word]
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_spanish_twin_has_the_same_commands() -> None:
    assert commands(SPANISH) == commands(ENGLISH)


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_what_is_linked_is_there(path: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_the_modules_that_are_named_are_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for module in re.findall(r"python -m (tests\.[\w.]+)", text):
        assert (ROOT / Path(*module.split("."))).with_suffix(".py").is_file(), module


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_a_heading_that_is_linked_is_there(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([\w./]*\.md)?#([\w-]+)\)", path.read_text("utf-8")):
        text = (path.parent / target if target else path).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, (target, anchor)


def test_the_newest_version_of_the_changelog_is_this_one() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    changelog = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d.+?)\]", changelog, re.MULTILINE)
    assert version is not None
    assert newest is not None
    assert newest[1] == version[1]
