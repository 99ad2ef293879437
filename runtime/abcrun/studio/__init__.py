"""The studio: the page on which musicians compose, see and hear tunes, and the service
behind it for other apps.

    uvicorn --factory abcrun.studio:create_app

Needs the extra `studio`. A request goes serving → app → guard → routes; from there to
orders → composer for tunes, or to renderers → jobs for files and facts; `streaming`
and `handlers` make the answers.
"""

from typing import TYPE_CHECKING

from abcrun.studio.settings import Settings

if TYPE_CHECKING:  # of the extra, which may be missing
    from starlette.types import ASGIApp

__all__ = ["Settings", "create_app"]


def create_app(settings: Settings | None = None) -> "ASGIApp":
    """Return the ASGI app, which loads its model when it starts up.

    settings: those of the environment by default. `UsageError` for settings out of
    range, or where the extra `studio` is not installed.
    """
    # Both here, not at the top: the command line reads `Settings` for its help, where
    # neither the extra nor NumPy may be needed.
    from abcrun.studio.serving import require_packages

    require_packages()
    from abcrun.studio.app import create

    return create(Settings.from_environment() if settings is None else settings)
