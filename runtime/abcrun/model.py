"""The model: composes whole tunes, one after the other or many at a time."""

from collections.abc import Iterable, Iterator
from typing import Literal

from .composing import SLOTS, compose, engines
from .engine import Generated, Request, Stream, fresh_seed
from .errors import UsageError
from .network import Network
from .sampling import Sampling


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
        slots: int | Literal["auto"] = "auto",
        in_order: bool = True,
    ) -> Iterator[Generated]:
        """Compose `count` tunes, several at a time in one batch, and yield each when it has ended.

        prompt: the text that every tune starts with and that sets the state; by default the model's own ("X:").
        sampling: how characters are drawn; by default as the model proposes.
        seed: tune i of a seed is always the same text, whatever `count` and `slots` are (on the same machine, device
            and precision); by default a fresh one is drawn, which each `Generated` tells.
        max_chars: a tune that has not ended after so many characters beyond the prompt is cut there.
        slots: how many tunes are composed at a time; auto: as many as are worth it.
        in_order: yield a tune after all before it; else as they end.

        `UsageError`, at the call, for arguments out of range or a prompt with a character the model does not know.
        """
        if count < 1:
            raise UsageError(f"count is {count}; it must be at least 1")
        first = self.request(prompt=prompt, sampling=sampling, seed=seed, max_chars=max_chars)
        requests = (first.numbered(index) for index in range(count))
        return self.generate_many(requests, slots=min(SLOTS, count) if slots == "auto" else slots, in_order=in_order)

    def generate_many(
        self, requests: int | Iterable[Request], *, slots: int | Literal["auto"] = "auto", in_order: bool = True
    ) -> Iterator[Generated]:
        """Compose tunes, each as its own request asks; `requests` may be endless: it is read as slots become free.

        A number asks for so many tunes, as `generate` does. slots, in_order and errors: as there.
        """
        if isinstance(requests, int):
            return self.generate(requests, slots=slots, in_order=in_order)
        return compose(engines(self, SLOTS if slots == "auto" else slots), requests, in_order)

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
