"""Which process of a training this one is, told by what has started it. Loads no
torch."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from abcrun.errors import AbcrunError, UsageError

if TYPE_CHECKING:
    from torch import Tensor


class ElsewhereError(AbcrunError):
    """Another process of this training has failed, and says why."""


@dataclass(frozen=True)
class Rank:
    """Process `number` of `count`, `local` among those of its machine; from 0."""

    number: int = 0
    count: int = 1
    local: int = 0

    @classmethod
    def here(cls) -> Self:
        """Return that of this process: torchrun and Ray Train put it into the
        environment.

        Raises `UsageError` where only a part of it stands there.
        """
        try:
            count = int(os.environ.get("WORLD_SIZE", "1"))
            if count <= 1:
                return cls()
            return cls(int(os.environ["RANK"]), count, int(os.environ["LOCAL_RANK"]))
        except (KeyError, ValueError) as error:
            raise UsageError(
                f"WORLD_SIZE asks for several processes, but the environment is wrong ({error}); "
                "start them by torchrun, or unset WORLD_SIZE"
            ) from None

    @property
    def is_first(self) -> bool:
        """Whether this is the process that reads, writes, measures and decides."""
        return self.number == 0

    def share(self, rows: int) -> int:
        """Return how many of `rows` are this process's own."""
        return rows // self.count + (self.number < rows % self.count)

    def part(self, rows: "Tensor", dim: int = 0) -> "Tensor":
        """Return this process's own of the `rows` that lie along `dim`."""
        return rows.tensor_split(self.count, dim)[self.number].contiguous()


ALONE = Rank()
"""The only process."""


def restarts() -> int:
    """Return how often torchrun has begun anew, after a process had failed."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
