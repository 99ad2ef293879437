"""The device that a network is trained on, and what may be wrong with it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from abcrun.errors import DeviceError, UsageError
from abcrun.inference.machine import processor
from abctrain.training.rank import ALONE, Rank

log = logging.getLogger(__name__)


def choose_device(name: str, rank: Rank = ALONE) -> torch.device:
    """Return the device `name`: auto, cpu, cuda (the first card) or cuda:N.

    auto is CUDA where it works, else the CPU. cuda works or raises `DeviceError`. The
    card becomes PyTorch's current one. Of several processes each has a card of its own:
    `UsageError` for cuda:N.
    """
    if rank.count > 1 and ":" in name:
        raise UsageError(
            f"--device {name} is one card for {rank.count} processes; --device cuda gives each "
            "one of its own, and CUDA_VISIBLE_DEVICES says which cards there are"
        )
    cpu = torch.device("cpu")
    if name == "cpu":
        return cpu
    if not torch.cuda.is_available():
        if name == "auto":
            return cpu
        raise DeviceError(f"device {name}: this PyTorch finds no CUDA device; use --device cpu")
    index = int(name.partition(":")[2] or rank.local)
    if index >= (count := torch.cuda.device_count()):
        raise DeviceError(
            f"device {name}: there are {count} CUDA devices, counted from cuda:0; "
            f"choose another --device{' or fewer processes' if rank.count > 1 else ''}"
        )
    device = torch.device("cuda", index)
    if (fault := _fault(device)) is None:
        return device
    if name == "auto":
        log.warning("%s does not work (%s); training on the CPU", device, fault)
        return cpu
    raise DeviceError(f"device {name}: it does not work ({fault}); use --device cpu")


def _fault(device: torch.device) -> str | None:
    """Return what keeps an LSTM from running on a card that is listed, if anything.

    PyTorch lists cards that are too old or too new for the kernels that it has.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of such cards, in many lines
            # cuDNN keeps the state of dropout on the current card.
            torch.cuda.set_device(device)
            lstm = nn.LSTM(8, 8, device=device)
            output, _ = lstm(torch.ones(1, 1, 8, device=device))
            output.sum().backward()
            torch.cuda.synchronize(device)
    except (RuntimeError, torch.cuda.DeferredCudaCallError) as error:
        return _first_line(error)
    return None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def device_name(device: torch.device) -> str:
    """Return the card's or the processor's own name."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{processor()} ({torch.get_num_threads()} threads)"


@contextmanager
def enough_memory() -> Iterator[None]:
    """Turn a card's lack of memory, inside the block, into a `DeviceError`."""
    try:
        yield
    except RuntimeError as error:
        # cuDNN and cuBLAS have their own words for it.
        if not isinstance(error, torch.OutOfMemoryError) and "_ALLOC_FAILED" not in str(error):
            raise
        raise DeviceError(
            f"the GPU's memory is too small for batches of this size ({_first_line(error)}); "
            "lower training.streams, or use --device cpu"
        ) from None
