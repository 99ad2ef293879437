"""What PyInstaller needs to freeze an app that imports abcrun; it asks for it by an
entry point, so that such an app is built as any other one.

A frozen app has no Python beside it that could run the engraver: the app is started
itself, with `--abcrun-engraver` and the engraver's path as its arguments, and the hook
in `hooks/rthooks` runs the engraver in place of the app.
"""

from pathlib import Path


def hook_directories() -> list[str]:
    """Return where PyInstaller finds our hooks."""
    return [str(Path(__file__).parent / "hooks")]
