"""What the tests of the command line share."""

import os
import subprocess

import pytest

TUNE = "X:1\nT:The test\nM:6/8\nL:1/8\nK:D\nDFA dAF|DFA d3|\n"
POSIX = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell and its devices")


def clean_failure(result: subprocess.CompletedProcess[bytes], status: int, *words: str) -> None:
    """Assert that a command failed with this status and said why in one line."""
    said = result.stderr.decode()
    assert result.returncode == status, said
    assert "Traceback" not in said
    assert all(word in said for word in words), said
    assert len(said.strip().splitlines()) == 1 or said.startswith("Usage:"), said
