"""The packages that bulk work needs, and the extras that bring them."""

from importlib.util import find_spec

from abcrun.errors import UsageError


def require(extra: str, *packages: str) -> None:
    """Raise `UsageError` unless the packages of an extra are installed."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise UsageError(
            f'this needs more packages ({", ".join(missing)}): pip install "abcrun[cpu,{extra}]"'
        )
