"""The vocabulary: from characters to tokens and back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import UsageError

Tokens = NDArray[np.int64]


@dataclass(frozen=True)
class Vocabulary:
    """The characters that a model knows. The token of a character is its position in
    `characters`."""

    characters: str
    _tokens: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.characters:
            raise UsageError("a vocabulary needs at least one character")
        tokens = {character: token for token, character in enumerate(self.characters)}
        if len(tokens) != len(self.characters):
            raise UsageError("a vocabulary lists every character once")
        # The only way to set a field of a frozen dataclass.
        object.__setattr__(self, "_tokens", tokens)

    @classmethod
    def of(cls, text: str) -> Self:
        """Collect the characters of a text, in the order of their code points."""
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.characters)

    def __contains__(self, character: object) -> bool:
        return character in self._tokens

    def encode(self, text: str) -> Tokens:
        """Return the tokens of a text, int64 [len(text)]. `UsageError` for a character
        outside the vocabulary."""
        try:
            return np.fromiter((self._tokens[character] for character in text), np.int64, len(text))
        except KeyError:
            at = next(i for i, character in enumerate(text) if character not in self._tokens)
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            character = text[at]
            raise UsageError(
                f"character {character!r} (U+{ord(character):04X}) at position {at + 1} "
                f"(line {line}, column {column}) is not in the vocabulary of {len(self)} "
                f"characters; it has: {''.join(c for c in self.characters if c.isprintable())}"
            ) from None

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens. `UsageError` for a token out of range."""
        numbers = np.asarray(tokens if isinstance(tokens, np.ndarray) else list(tokens), np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(self.characters):
            wrong = next(int(token) for token in numbers if not 0 <= token < len(self.characters))
            raise UsageError(f"token {wrong} is outside the vocabulary of {len(self)} characters")
        # A list of Python numbers: NumPy's own are slow to index with.
        return "".join([self.characters[token] for token in numbers.tolist()])
