"""The page as browsers get it: its files under the name of their version, the document
that names them, and the worker that keeps them for when there is no server."""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePath

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from abcrun.files import packaged

PAGE = packaged("studio/page")
FOR_EVER = "public, max-age=31536000, immutable"
_APART = {"index.html", "worker.js", "manifest.webmanifest"}
"""Files that have a path of their own, beside which all others are found."""

CLASSIC = {"theme.js", "worker.js"}
"""Scripts that are no modules: before the first paint, without a page."""


def add_files(app: FastAPI) -> None:
    """Add the page's files, its worker and its manifest."""

    # Not beside the other files: a worker serves what lies below its own path.
    @app.get("/worker.js", include_in_schema=False)
    async def worker_script() -> Response:
        return Response(worker(), media_type="text/javascript")

    @app.get("/manifest.webmanifest", include_in_schema=False)
    async def manifest() -> Response:
        return FileResponse(PAGE / "manifest.webmanifest", media_type="application/manifest+json")

    app.mount("/static", PageFiles(directory=PAGE, check_dir=False), name="static")


class PageFiles(StaticFiles):
    """The files by their names; and in a folder named like the version, where they
    never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file at `path`; 404 for one of another version."""
        parts = PurePath(path).parts
        if len(parts) < 2:
            return await super().get_response(path, scope)
        if len(parts) > 2 or parts[0] != version():
            raise HTTPException(404)
        response = await super().get_response(parts[1], scope)
        response.headers["Cache-Control"] = FOR_EVER
        return response


def version() -> str:
    """Return what the page's files are known by: it is another one when any file is."""
    # Asked for with each visit: whoever works on the page starts no server anew.
    return _hash(tuple((path, path.stat().st_mtime_ns) for path in _files()))


@lru_cache(maxsize=1)
def _hash(files: Iterable[tuple[Path, int]]) -> str:
    """Return a hash of names and contents; the times only say when to read again."""
    found = hashlib.sha256()
    for path, _time in files:
        found.update(f"{path.name} {path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _files() -> list[Path]:
    return sorted(path for path in PAGE.iterdir() if path.is_file())


def document() -> str:
    """Return the page's HTML, which names all files in the folder of their version, and
    all modules at once: else the browser learns of them only from app.js."""
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    modules = (path.name for path in _files() if path.suffix == ".js" and path.name not in CLASSIC)
    lines = (
        f'<link rel="modulepreload" href="static/{name}" />' for name in modules if name != "app.js"
    )
    text = text.replace("<!-- modules -->", "\n    ".join(lines))
    return text.replace('="static/', f'="static/{version()}/')


def worker() -> str:
    """Return the script of the service worker, behind a line that says what to keep."""
    folder = f"static/{version()}/"
    files = [folder + path.name for path in _files() if path.name not in _APART]
    told = json.dumps({"version": version(), "files": files})
    return f"const PAGE = {told};\n" + (PAGE / "worker.js").read_text(encoding="utf-8")


def tagged(request: Request, content: bytes, media_type: str) -> Response:
    """Return an answer that browsers keep, and ask about before they use it: 304 where
    theirs is this one."""
    # A weak tag: compressed or not, it is the same.
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = request.headers.get("if-none-match", "").split(",")
    if tag in (one.strip() for one in known):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
