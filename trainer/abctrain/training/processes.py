"""The processes of one training: what they tell each other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self, TypeVar, cast

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from abcrun.errors import AbcrunError, DeviceError
from abctrain.training.rank import ALONE, ElsewhereError, Rank, restarts

T = TypeVar("T")


class LostProcessError(AbcrunError):
    """A process of the training has ended before the others."""


class Processes:
    """The processes of one training, of which this one is `rank`.

    All take the same steps, each with its share of the rows. Every method is called in
    all of them, in the same order. One process is told by itself: nothing of
    `torch.distributed` is set up for it.
    """

    def __init__(self, rank: Rank = ALONE) -> None:
        self.rank = rank
        self._talk: dist.ProcessGroup | None = None
        self._gradients: dist.ProcessGroup | None = None

    @classmethod
    @contextmanager
    def joined(cls, rank: Rank, device: torch.device) -> Iterator[Self]:
        """Wait for all processes, and stay together until the end of the block.

        Raises `DeviceError` where some have cards and others none.
        """
        processes = cls(rank)
        if rank.count == 1:
            yield processes
            return
        # Ray Train has joined them before.
        is_ours = not dist.is_initialized()
        try:
            if is_ours:
                dist.init_process_group(
                    "gloo", store=_store(rank), rank=rank.number, world_size=rank.count
                )
            processes._join(device)
            yield processes
        except RuntimeError as error:
            if not isinstance(error, dist.DistError) and "gloo" not in str(error).lower():
                raise
            # It has said itself what its error was; torchrun tells who was killed.
            if not rank.is_first:
                raise ElsewhereError("another process has ended") from None
            reason = str(error).strip().partition("\n")[0][:200]
            raise LostProcessError(
                "another process has ended, or cannot be reached, and the training ends with it "
                f"({reason}); the same command goes on from the last checkpoint"
            ) from None
        if is_ours:
            dist.destroy_process_group()

    def _join(self, device: torch.device) -> None:
        # What is told stays on the CPU, where nothing waits for a card.
        self._talk = dist.group.WORLD
        if dist.get_backend() != "gloo":
            self._talk = dist.new_group(backend="gloo")
        kinds = self.gathered(device.type)
        if len(set(kinds)) > 1:
            with self.together():
                raise DeviceError(
                    f"the processes have different devices ({', '.join(kinds)}); "
                    "choose --device cpu or --device cuda for all"
                )
        self._gradients = self._talk
        if device.type == "cuda":
            self._gradients = dist.new_group(backend="nccl")

    @property
    def is_first(self) -> bool:
        """Whether this is the process that reads, writes, measures and decides."""
        return self.rank.is_first

    def distributed(self, module: nn.Module) -> nn.Module:
        """Return a module that does what `module` does, and whose gradients are the
        means of those of all processes."""
        if self.rank.count == 1:
            return module
        return DistributedDataParallel(module, process_group=self._gradients)

    def told(self, value: T | None) -> T:
        """Return the first process's `value` in all; the others need none."""
        values = [value]
        if self.rank.count > 1:
            dist.broadcast_object_list(values, src=0, group=self._talk)
        return cast(T, values[0])

    def gathered(self, value: T) -> list[T]:
        """Return the values of all processes, in order."""
        if self.rank.count == 1:
            return [value]
        values: list[T] = [value] * self.rank.count
        dist.all_gather_object(values, value, group=self._talk)
        return values

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """Return for each flag whether it is set in any process."""
        if self.rank.count == 1:
            return flags
        tensor = torch.tensor(flags, dtype=torch.uint8)
        dist.all_reduce(tensor, dist.ReduceOp.MAX, group=self._talk)
        return tuple(bool(flag) for flag in tensor.tolist())

    @contextmanager
    def together(self) -> Iterator[None]:
        """End the block with an error in all processes, where it ends so in one.

        That one raises what it is, and the others `ElsewhereError`. The block must not
        wait for other processes.
        """
        failure: AbcrunError | None = None
        try:
            yield
        except AbcrunError as error:
            failure = error
        failed = self.gathered(failure is not None)
        if failure is not None and failed.index(True) == self.rank.number:
            raise failure
        if any(failed):
            raise ElsewhereError("another process has failed")


def _store(rank: Rank) -> Store:
    """Return where the processes find each other's addresses."""
    store: Store
    store, _, _ = next(rendezvous("env://", rank.number, rank.count))
    # torchrun keeps one store for all its restarts, and who comes early finds there the
    # addresses of the dead. Its count of restarts is that of one machine.
    if os.environ.get("GROUP_WORLD_SIZE") == "1":
        return PrefixStore(f"start {restarts()}", store)
    return store
