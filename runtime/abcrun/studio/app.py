"""The app: routes, the page's files, error handlers and the guard around them."""

from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from abcrun import __version__
from abcrun.studio.access import Access
from abcrun.studio.guard import Guard, is_guarded
from abcrun.studio.handlers import add_error_handlers
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
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    add_error_handlers(app)
    add_routes(app, studio)
    # FastAPI's own way to change what /openapi.json says is to replace this method.
    app.openapi = partial(_openapi, app, settings)  # type: ignore[method-assign]
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
            expose_headers=["Retry-After", "Content-Disposition", "X-Request-ID"],
        )
    return Access(guarded, studio.metrics, _paths(app))


def _paths(app: FastAPI) -> set[str]:
    return {path for route in app.routes if (path := getattr(route, "path", ""))}


def _openapi(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """Return what /openapi.json says; where a token is set, it says so."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        if settings.tokens:
            schema["components"]["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer"}
            }
            for path, operations in schema["paths"].items():
                if is_guarded(path):
                    for operation in operations.values():
                        operation["security"] = [{"token": []}]
        app.openapi_schema = schema
    return app.openapi_schema
