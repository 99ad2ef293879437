"""A row without a network, for strategies by themselves."""

from dataclasses import replace

import numpy as np

from abcrun import Sampling
from abcrun.inference.request import Generated, Request, Snapshot
from abcrun.inference.strategy import DecodingStrategy

HEAD = "X:1\nM:4/4\nL:1/8\nK:D\n"
REQUEST = Request(HEAD, np.zeros(len(HEAD), np.int64), Sampling(temperature=1.0), 1, 0, 500)
NEXT = replace(REQUEST, seed=2)


class FakeRow:
    """A row whose characters the test draws; what is appended is read at once."""

    def __init__(self, prompt: str = HEAD, attempts: int = 1) -> None:
        self.request = replace(REQUEST, prompt=prompt)
        self.generated: Generated | None = None
        self.attempts = attempts
        self.sampling = REQUEST.sampling
        self.restarted: list[Request] = []
        self.finished: list[bool] = []
        self.rewound: list[int] = []  # to which length
        self.fed: list[str] = []
        self.suppressed = ""
        self._text = prompt
        self._pending = ""

    def begin(self, strategy: DecodingStrategy) -> None:
        """Let the strategy hear that the row has its prompt."""
        strategy.on_fed()
        self._read(strategy)

    def draw(self, strategy: DecodingStrategy, text: str) -> None:
        """Draw a text as far as the strategy lets it stand."""
        for character in text:
            assert character not in self.suppressed, f"{character!r} is suppressed"
            self._text += character
            self.suppressed = ""
            before = self._acts()
            if character in strategy.wakes_on:
                strategy.on_drawn()
                self._read(strategy)
            if self._acts() > before:
                return

    def end(self, strategy: DecodingStrategy) -> bool:
        """Draw the separator."""
        self._text += "\n"
        return strategy.on_end()

    def _acts(self) -> int:
        return len(self.rewound) + len(self.restarted) + len(self.finished)

    def _read(self, strategy: DecodingStrategy) -> None:
        while self._pending:
            self._text += self._pending
            self.fed.append(self._pending)
            self._pending = ""
            self.suppressed = ""
            strategy.on_fed()

    @property
    def length(self) -> int:
        return len(self._text)

    def text(self, start: int = 0) -> str:
        return self._text[start:]

    def snapshot(self) -> Snapshot:
        return Snapshot(self, len(self._text), ())

    def rewind(self, snapshot: Snapshot) -> None:
        assert snapshot.length <= len(self._text), "the snapshot is void"
        self._text = self._text[: snapshot.length]
        self._pending = ""
        self.suppressed = ""
        self.rewound.append(snapshot.length)

    def resample(self, sampling: Sampling) -> None:
        self.sampling = sampling

    def restart(self, request: Request) -> None:
        self.restarted.append(request)

    def finish(self, *, complete: bool = True) -> None:
        self.finished.append(complete)

    def append(self, text: str, *, instead: bool = False) -> None:
        assert text
        if instead:
            self._text = self._text[:-1]
        self._pending = text

    def suppress(self, characters: str) -> None:
        self.suppressed += characters
