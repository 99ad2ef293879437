"""The app: routes, the page's files, error handlers and the guard around them."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from abcrun import __version__
from abcrun.studio.access import Access
from abcrun.studio.guard import Guard
from abcrun.studio.handlers import add_error_handlers
from abcrun.studio.openapi import describe, operation_id
from abcrun.studio.routes import add_routes
from abcrun.studio.service import Studio
from abcrun.studio.settings import Settings


def create(settings: Settings) -> ASGIApp:
    """Return the app, guarded."""
    studio = Studio(settings)
    app = FastAPI(
        title="abcrun studio",
        version=__version__,
        description="Composes folk tunes in ABC notation; checks, engraves and plays them.",
        docs_url=None,  # these pages load scripts from other hosts
        redoc_url=None,
        lifespan=studio.running,
        generate_unique_id_function=operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    add_error_handlers(app)
    add_routes(app, studio)
    describe(app, settings)
    # Scores, scripts and styles shrink to an eighth; sound and events pass as they are.
    compressed = GZipMiddleware(app, compresslevel=5)
    guarded: ASGIApp = Guard(compressed, settings)
    if settings.origins:
        # Around the guard: browsers ask for leave (OPTIONS) without sending the token.
        guarded = CORSMiddleware(
            guarded,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=[
                "Retry-After",
                "Content-Disposition",
                "X-Request-ID",
                "Abcrun-Left-Out",
            ],
        )
    return Access(guarded, studio.metrics, _paths(app))


def _paths(app: FastAPI) -> set[str]:
    return {path for route in app.routes if (path := getattr(route, "path", ""))}
