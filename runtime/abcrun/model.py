"""The model: composes whole tunes, one after the other or many at a time."""

from collections.abc import Iterator

from .engine import Generated, Request, Stream, decode, fresh_seed
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
        slots: int = 16,
    ) -> Iterator[Generated]:
        """Compose `count` tunes, `slots` at a time in one batch; yield each once it and all before it have ended.

        prompt: the text that every tune starts with and that sets the state; by default the model's own ("X:").
        sampling: how characters are drawn; by default as the model proposes.
        seed: tune i of a seed is always the same text, whatever `count` and `slots` are (on the same machine and
            device); by default a fresh one is drawn, which each `Generated` tells.
        max_chars: a tune that has not ended after so many characters beyond the prompt is cut there.

        `UsageError`, at the call, for arguments out of range or a prompt with a character the model does not know.
        """
        if count < 1:
            raise UsageError(f"count is {count}; it must be at least 1")
        if slots < 1:
            raise UsageError(f"slots is {slots}; it must be at least 1")
        first = self._request(prompt, sampling, seed, max_chars)
        requests = (first.numbered(index) for index in range(count))
        return _in_order(
            text for piece in decode(self, requests, min(slots, count)) if (text := piece.ended) is not None
        )

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
        return Stream(self, self._request(prompt, sampling, seed, max_chars))

    def _request(
        self, prompt: str | None, sampling: Sampling | None, seed: int | None, max_chars: int | None
    ) -> Request:
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


def _in_order(tunes: Iterator[Generated]) -> Iterator[Generated]:
    waiting: dict[int, Generated] = {}
    following = 0
    for tune in tunes:
        waiting[tune.index] = tune
        while following in waiting:
            yield waiting.pop(following)
            following += 1
