"""What /openapi.json says: FastAPI's account of the routes, made fit for those who
generate clients from it."""

import json
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from abcrun.studio import schemas
from abcrun.studio.guard import is_guarded
from abcrun.studio.settings import Settings
from abcrun.studio.streaming import EVENT_STREAM

_EVENTS: dict[str, type[BaseModel]] = {
    "begin": schemas.Begun,
    "progress": schemas.Progress,
    "tune": schemas.ComposedTune,
    "error": schemas.ErrorText,
    "end": schemas.Ended,
}
"""The data of each event of a stream."""
_PLACE = "#/components/schemas/{model}"


def describe(app: FastAPI, settings: Settings) -> None:
    """Have /openapi.json of `app` say all this."""
    # FastAPI's own way to change what /openapi.json says is to replace this method.
    app.openapi = partial(_openapi, app, settings)  # type: ignore[method-assign]


def operation_id(route: APIRoute) -> str:
    """Return the name by which generated clients call a route: that of its function."""
    return route.name.rstrip("_")


def _openapi(app: FastAPI, settings: Settings) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        components: dict[str, Any] = schema["components"]
        _tell_defaults_in_words(components["schemas"])
        _tell_events(schema)
        if settings.tokens:
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            for path, operations in schema["paths"].items():
                if is_guarded(path):
                    for operation in operations.values():
                        operation["security"] = [{"token": []}]
        app.openapi_schema = schema
    return app.openapi_schema


def _tell_defaults_in_words(named: dict[str, Any]) -> None:
    """Move the defaults of what requests may leave out into the descriptions."""
    # Generators take a property with a default for one that is always there, which is
    # so in answers: in requests, users would have to write it.
    for name, schema in named.items():
        if not name.endswith("Request"):
            continue
        for one in schema.get("properties", {}).values():
            if "default" in one:
                words = f"{json.dumps(one.pop('default'))} by default."
                one["description"] = f"{one.get('description', '')} {words}".strip()


def _tell_events(schema: dict[str, Any]) -> None:
    """Add the schemas of the events, and to each stream which event has which."""
    models = [(model, "serialization") for model in _EVENTS.values()]
    _, found = models_json_schema(models, ref_template=_PLACE)  # type: ignore[arg-type]
    for name, one in found["$defs"].items():
        schema["components"]["schemas"].setdefault(name, one)
    told = {
        event: {"$ref": _PLACE.format(model=model.__name__)} for event, model in _EVENTS.items()
    }
    for operations in schema["paths"].values():
        for operation in operations.values():
            content = operation["responses"].get("200", {}).get("content", {})
            if EVENT_STREAM in content:
                content[EVENT_STREAM]["x-events"] = told
