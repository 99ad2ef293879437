"""What all routes share: the settings, the metrics and, from startup on, the model, its
composer and the renderers."""

import asyncio
import contextlib
import logging
import platform
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from abcrun import __version__
from abcrun.errors import ModelError
from abcrun.files import default_index_path, index_path
from abcrun.inference.machine import usable_cores
from abcrun.model import Model
from abcrun.studio.about import about_model
from abcrun.studio.composer import Composer
from abcrun.studio.errors import closing
from abcrun.studio.metrics import Metrics
from abcrun.studio.renderers import Renderers
from abcrun.studio.renderings import Renderings
from abcrun.studio.schemas import About
from abcrun.studio.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a running studio consists of."""

    model: Model
    composer: Composer
    renderers: Renderers
    about: About
    melodies: Path | None


class Studio:
    """The service behind the routes.

    Before startup, `model`, `composer`, `renderers` and `about` raise `Refusal`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.renderings = Renderings(settings.max_kept << 20)
        self._started: _Parts | None = None

    @contextlib.asynccontextmanager
    async def running(self, _app: FastAPI) -> AsyncIterator[None]:
        """Load the model, start composer and renderers; end them afterwards."""
        settings, cores = self.settings, usable_cores()
        model = await asyncio.to_thread(
            Model.load,
            settings.model_path,
            settings.device,
            threads=settings.composing_threads(cores),
        )
        await asyncio.to_thread(_warm_up, model)
        melodies = await asyncio.to_thread(_melodies, model, settings.model_path)
        composer = Composer(model, settings.slots, settings.max_queue, self.metrics)
        composer.start()
        renderers = Renderers(
            settings.rendering_processes(cores),
            settings.max_rendering,
            settings.render_timeout,
            self.metrics,
        )
        renderers.start(melodies)
        is_known = melodies is not None
        about = await asyncio.to_thread(about_model, model, settings.limits, originality=is_known)
        self._started = _Parts(model, composer, renderers, about, melodies)
        self._count_capacity(model)
        try:
            yield
        finally:
            # Not in the event loop: both wait for a step or a process to end.
            await asyncio.to_thread(composer.stop)
            await asyncio.to_thread(renderers.stop)
            model.close()

    def _count_capacity(self, model: Model) -> None:
        """Tell the metrics what runs here, and how much it takes."""
        settings, metrics = self.settings, self.metrics
        built = (__version__, platform.python_version(), model.spec.name, self._parts.about.sha256)
        metrics.build.labels(*built).set(1)
        for name, count in (
            ("workers", 1),
            ("rows", settings.slots),
            ("waiting_tunes", settings.max_queue),
            ("renderings", settings.max_rendering),
            ("connections", settings.max_connections),
        ):
            metrics.capacity.labels(name).set(count)

    @property
    def model(self) -> Model:
        """Return the model."""
        return self._parts.model

    @property
    def composer(self) -> Composer:
        """Return the composer."""
        return self._parts.composer

    @property
    def renderers(self) -> Renderers:
        """Return the renderers."""
        return self._parts.renderers

    @property
    def about(self) -> About:
        """Return what the model can be asked for, and the server's limits."""
        return self._parts.about

    @property
    def melodies(self) -> Path | None:
        """Return the index of the tunes that the model learned from, which a tune is
        compared with; None where there is none."""
        return self._parts.melodies

    @property
    def is_ready(self) -> bool:
        """Return whether it composes."""
        return self._started is not None and self._started.composer.is_alive

    @property
    def _parts(self) -> _Parts:
        if self._started is None:
            raise closing()
        return self._started


def _warm_up(model: Model) -> None:
    """Compose a tune before somebody waits."""
    # This also proves that the model works: a broken file ends the server at its start.
    next(model.generate(1, seed=0))


def _melodies(model: Model, path: Path | None) -> Path | None:
    """Return the file of the model's own index, which is read here, before somebody
    waits; None where there is none."""
    try:
        _ = model.melodies
    except ModelError as error:
        log.warning("tunes are not compared with known ones: %s", error)
        return None
    return default_index_path() if path is None else index_path(path)
