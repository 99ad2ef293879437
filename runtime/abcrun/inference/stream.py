"""One tune as a stream of text."""

from collections.abc import Iterator

from abcrun.inference.engine import Engine
from abcrun.inference.network import Network
from abcrun.inference.request import Request


class Stream(Iterator[str]):
    """An iterator over the text of one tune: the prompt, then character by character;
    of a model with recall, the header, then bar by bar.

    It knows its `seed`, and after the last piece whether the tune is `complete`.
    """

    def __init__(self, network: Network, request: Request) -> None:
        self.seed = request.seed
        self._engine = Engine(network, 1)
        self._row = self._engine.submit(request)
        self._told = 0

    @property
    def complete(self) -> bool:
        """Whether the tune has come to its end, and was not cut."""
        return self._row.generated is not None and self._row.generated.complete

    def __next__(self) -> str:
        while self._row.generated is None:
            if self._told:  # the first piece is the prompt
                self._engine.step()
            if text := self._row.so_far(self._told):
                self._told += len(text)
                return text
        raise StopIteration
