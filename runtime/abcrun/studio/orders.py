"""Orders: requests for tunes on their way through the composer.

An order says what is to be composed, chooses among the candidates, and makes answers of
the tunes.
"""

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from abcrun.composition.conditions import Asked
from abcrun.composition.editing import CANDIDATES, Edit, EditSettings
from abcrun.composition.guidance import OnProgress
from abcrun.errors import NotationError
from abcrun.inference.network import Network
from abcrun.inference.request import Generated, Request, fresh_seed
from abcrun.inference.sampling import Sampling
from abcrun.notation import check
from abcrun.studio.composer import Composition, ProgressEvent
from abcrun.studio.errors import Refusal
from abcrun.studio.jobs import Facts, facts_of, problems_of
from abcrun.studio.quotas import quota
from abcrun.studio.schemas import Begun, ComposedTune, EditRequest, TuneRequest
from abcrun.studio.service import Studio
from abcrun.tune import Tune


class Order(ABC):
    """A request for `count` tunes, each chosen among `candidates` that are composed for
    it.

    It is made in an event loop, and serves one answer.
    """

    def __init__(self, studio: Studio, count: int, candidates: int, seed: int | None) -> None:
        self.studio = studio
        self.count, self.candidates = count, candidates
        self.seed = fresh_seed() if seed is None else seed
        self._begun = time.monotonic()
        self._has_news = False
        self.composition = Composition()

    @property
    @abstractmethod
    def all_settings(self) -> dict[str, Any]:
        """Return the arguments that give all tunes of the order again."""

    @property
    def begun(self) -> Begun:
        """Return what the order's stream begins with."""
        about = self.studio.about
        return Begun(
            settings=self.all_settings,
            version=about.version,
            model=about.name,
            model_sha256=about.sha256,
        )

    # These three work with the model or the tune: never call them in the event loop.

    @abstractmethod
    def requests(self, on_progress: OnProgress | None) -> Iterator[Request]:
        """Return requests for all candidates, in the order of their tunes."""

    @abstractmethod
    def choose(self, group: list[Generated], index: int) -> Generated:
        """Return the best of the candidates for tune `index`."""

    @abstractmethod
    def settings(self, tune: Generated) -> dict[str, Any]:
        """Return the arguments that give a tune, and it alone, again."""

    def sampling(self, temperature: float | None, top_k: int | None) -> Sampling:
        """Return the model's own sampling, but for what was asked for."""
        given: dict[str, Any] = {"temperature": temperature, "top_k": top_k}
        given = {name: value for name, value in given.items() if value is not None}
        return replace(self.studio.model.spec.sampling, **given)

    async def submit(self, *, with_progress: bool) -> None:
        """Give the order to the composer.

        `AbcrunError` for what cannot be composed, or not now.
        """
        total, most = self.count * self.candidates, self.studio.settings.max_count
        if total > most:
            raise Refusal(
                422,
                "usage",
                f"{total} tunes would be composed, candidates counted; at most {most} here",
            )
        allowed = quota.get().tunes
        allowed.check()
        on_progress = self._on_progress if with_progress else None
        requests = await asyncio.to_thread(self.requests, on_progress)
        self.studio.composer.submit(self.composition, requests, total)
        allowed.take(total)

    def _on_progress(self, index: int, abc: Callable[[], str]) -> None:
        # Of several candidates, the first is shown: who listens sees one tune grow.
        if index % self.candidates == 0:
            self.composition.progress(index, abc)

    async def events(self) -> AsyncGenerator[ProgressEvent | ComposedTune, None]:
        """Yield progress, and the tunes as they end.

        When the generator is closed, what is not composed yet is cancelled.
        """
        groups: dict[int, list[Generated]] = {}
        try:
            async with contextlib.aclosing(self.composition.news()) as all_news:
                async for news in all_news:
                    self._observe_first()
                    index = news.index // self.candidates
                    if isinstance(news, ProgressEvent):
                        yield ProgressEvent(index, news.abc)
                        continue
                    group = groups.setdefault(index, [])
                    group.append(news)
                    if len(group) == self.candidates:
                        yield await asyncio.to_thread(self._composed, groups.pop(index), index)
        finally:
            self.studio.composer.cancel(self.composition)

    def _observe_first(self) -> None:
        if not self._has_news:
            self._has_news = True
            self.studio.metrics.first_event.observe(time.monotonic() - self._begun)

    def _composed(self, group: list[Generated], index: int) -> ComposedTune:
        # They come as they end; the choice between equals must not hang on that.
        group.sort(key=lambda tune: tune.index)
        tune = self.choose(group, index)
        facts = _facts_of(tune.text, self.studio.melodies)
        return ComposedTune(
            abc=tune.text,
            seed=tune.seed,
            index=index,
            complete=tune.complete,
            title=facts.title,
            key=facts.key,
            meter=facts.meter,
            characters=tune.characters,
            redrawn=tune.redrawn,
            attempts=tune.attempts,
            problems=facts.problems,
            originality=facts.originality,
            settings=self.settings(tune),
        )

    async def tunes(self) -> list[ComposedTune]:
        """Return all tunes, in order."""
        async with contextlib.aclosing(self.events()) as events:
            tunes = [event async for event in events if isinstance(event, ComposedTune)]
        return sorted(tunes, key=lambda tune: tune.index)


class NewTunes(Order):
    """An order for new tunes."""

    def __init__(self, studio: Studio, asked: TuneRequest) -> None:
        super().__init__(studio, asked.count, asked.best_of, asked.seed)
        self._asked = asked

    @property
    def all_settings(self) -> dict[str, Any]:
        """Return what was asked for, with the seed."""
        return {**self._asked.model_dump(exclude_defaults=True), "seed": self.seed}

    def requests(self, on_progress: OnProgress | None) -> Iterator[Request]:
        """Return the requests for all candidates."""
        asked = self._asked
        return self.studio.model.requests(
            asked.count * asked.best_of,
            first=asked.first * asked.best_of,
            progress=on_progress,
            **self._keywords(),
        )

    def choose(self, group: list[Generated], index: int) -> Generated:
        """Return the tune that the model finds the most probable."""
        return group[0] if len(group) == 1 else self.studio.model.choose(group, index)

    def settings(self, tune: Generated) -> dict[str, Any]:
        """Return what was asked for, with this tune's seed and number."""
        again = {name: value for name, value in self.all_settings.items() if name != "count"}
        return {**again, "first": tune.index}

    def _keywords(self) -> Asked:
        """Return what may be asked of a tune, as the library takes it."""
        asked = cast(Asked, self._asked.model_dump(include=set(Asked.__annotations__)))
        asked["sampling"] = self.sampling(self._asked.temperature, self._asked.top_k)
        asked["seed"] = self.seed
        asked["max_chars"] = self._max_chars()
        return asked

    def _max_chars(self) -> int:
        most, asked = self.studio.settings.max_chars, self._asked.max_chars
        if asked is None:
            return min(self.studio.model.spec.max_chars, most)
        if asked > most:
            raise Refusal(422, "usage", f"max_chars is {asked}; at most {most} here")
        return asked


class ChangedTune(Order):
    """An order for a tune changed; `edit` is one of `abcrun.composition.editing`."""

    def __init__(
        self, studio: Studio, asked: EditRequest, edit: Callable[[Network, EditSettings], Edit]
    ) -> None:
        candidates = asked.candidates
        if candidates is None:
            candidates = min(CANDIDATES, studio.settings.max_count)
        super().__init__(studio, 1, candidates, asked.seed)
        self._asked, self._edit = asked, edit
        self._prepared: Edit | None = None

    @property
    def all_settings(self) -> dict[str, Any]:
        """Return what was asked for, with the seed."""
        return {**self._asked.model_dump(mode="json", exclude_defaults=True), "seed": self.seed}

    def requests(self, on_progress: OnProgress | None) -> Iterator[Request]:
        """Return the requests for all candidates."""
        asked, model = self._asked, self.studio.model
        sampling = self.sampling(asked.temperature, asked.top_k)
        first = model.request(sampling=sampling, seed=self.seed)
        settings = EditSettings(first, self.candidates, asked.max_copied, on_progress)
        self._prepared = self._edit(model.network, settings)
        return iter(self._prepared.requests)

    def choose(self, group: list[Generated], index: int) -> Generated:
        """Return the candidate that leads on best to what follows it."""
        return group[0] if self._prepared is None else self._prepared.choose(group)

    def settings(self, tune: Generated) -> dict[str, Any]:
        """Return what was asked for, with the seed."""
        return self.all_settings


def _facts_of(abc: str, melodies: Path | None) -> Facts:
    try:
        return facts_of(Tune.parse(abc), melodies)
    except NotationError:  # without guidance, the model may write what is no tune
        return Facts("", "", "", problems_of(check(abc)), None)
