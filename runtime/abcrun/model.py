"""The model: composes whole tunes, one after the other or many at a time."""

from collections import deque
from collections.abc import Iterable, Iterator

from .engine import Engine, Generated, Request, Row, Stream, fresh_seed
from .errors import UsageError
from .network import Network
from .sampling import Sampling

SLOTS = 64
"""Tunes composed at a time by default: more gain little on a CPU."""


class Model(Network):
    """A character model of ABC notation that predicts, generates and streams tunes.

    A model holds no state of its own: it may be shared, and each stream keeps its state to itself.
    """

    def generate(
        self,
        count: int = 1,
        *,
        prompt: str | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        max_chars: int | None = None,
        slots: int | None = None,
        in_order: bool = True,
    ) -> Iterator[Generated]:
        """Compose `count` tunes, several at a time in one batch, and yield each when it has ended.

        prompt: the text that every tune starts with and that sets the state; by default the model's own ("X:").
        sampling: how characters are drawn; by default as the model proposes.
        seed: tune i of a seed is always the same text, whatever `count` and `slots` are (on the same machine, device
            and precision); by default a fresh one is drawn, which each `Generated` tells.
        max_chars: a tune that has not ended after so many characters beyond the prompt is cut there.
        slots: how many tunes are composed at a time; by default as many as are worth it, `SLOTS`.
        in_order: yield a tune after all before it; else as they end.

        `UsageError`, at the call, for arguments out of range or a prompt with a character the model does not know.
        """
        if count < 1:
            raise UsageError(f"count is {count}; it must be at least 1")
        first = self.request(prompt=prompt, sampling=sampling, seed=seed, max_chars=max_chars)
        requests = (first.numbered(index) for index in range(count))
        return self.generate_many(requests, slots=min(SLOTS if slots is None else slots, count), in_order=in_order)

    def generate_many(
        self, requests: Iterable[Request], *, slots: int | None = None, in_order: bool = True
    ) -> Iterator[Generated]:
        """Compose tunes, each as its own request asks; `requests` may be endless: it is read as slots become free.

        slots, in_order and errors: as in `generate`.
        """
        return _composed(Engine(self, SLOTS if slots is None else slots), requests, in_order)

    def stream(
        self,
        *,
        prompt: str | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        max_chars: int | None = None,
    ) -> Stream:
        """Compose one tune and yield its text as it comes: the prompt, then character by character.

        Arguments and errors are those of `generate`; the text is that of its first tune.
        """
        return Stream(self, self.request(prompt=prompt, sampling=sampling, seed=seed, max_chars=max_chars))

    def request(
        self,
        *,
        prompt: str | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        max_chars: int | None = None,
    ) -> Request:
        """One tune for `generate_many`: tune 0 of its seed. Arguments and errors are those of `generate`."""
        spec = self.spec
        limit = spec.max_chars if max_chars is None else max_chars
        if limit < 1:
            raise UsageError(f"max_chars is {limit}; it must be at least 1")
        if seed is not None and not 0 <= seed < 2**64:
            raise UsageError(f"seed is {seed}; it must be a whole number from 0 to 2**64 - 1")
        text = spec.prompt if prompt is None else prompt
        if not text:
            raise UsageError("the prompt is empty; it needs at least one character")
        try:
            tokens = spec.vocabulary.encode(text)
        except UsageError as error:
            raise UsageError(f"prompt: {error}") from None
        chosen = spec.sampling if sampling is None else sampling
        return Request(text, tokens, chosen, fresh_seed() if seed is None else seed, 0, limit)


def _composed(engine: Engine, requests: Iterable[Request], in_order: bool) -> Iterator[Generated]:
    begun: deque[Row] = deque()  # rows that were not yielded yet, in order

    def ended(rows: list[Row]) -> Iterator[Generated]:
        if not in_order:
            yield from (row.generated for row in rows if row.generated is not None)
            return
        while begun and (generated := begun[0].generated) is not None:
            begun.popleft()
            yield generated

    for request in requests:
        row = engine.submit(request)
        if in_order:
            begun.append(row)
        while engine.is_full:
            yield from ended(engine.step())
    while not engine.is_idle:
        yield from ended(engine.step())
