"""The studio: the page on which musicians compose, see and hear tunes, and the service
behind it for other apps.

    uvicorn --factory abcrun.studio:create_app

settings → refusal, metrics → composer, work → rendering, guard → schemas → app →
serving. Needs the extra `studio`.
"""

from typing import TYPE_CHECKING

from abcrun.studio.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["Settings", "create_app"]


def create_app(settings: Settings | None = None) -> "ASGIApp":
    """The ASGI app, with the settings that the environment gives by default; it loads
    its model when it starts up.

    `UsageError` for settings out of range, or where the extra `studio` is not
    installed.
    """
    from abcrun.studio.serving import require_packages

    require_packages()
    from abcrun.studio.app import create

    return create(Settings.from_environment() if settings is None else settings)
