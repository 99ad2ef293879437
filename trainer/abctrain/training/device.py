"""The device that a network is trained on."""

import torch

from abcrun.errors import DeviceError
from abcrun.inference.machine import processor


def choose_device(name: str) -> torch.device:
    """Return the device `name`: auto, cpu or cuda.

    auto is CUDA where it works, else the CPU. cuda works or raises `DeviceError`.
    """
    works = torch.cuda.is_available()
    if name == "cuda" and not works:
        raise DeviceError(
            "device cuda: this PyTorch finds no working CUDA device; use --device cpu"
        )
    return torch.device("cuda" if works and name != "cpu" else "cpu")


def device_name(device: torch.device) -> str:
    """Return the card's or the processor's own name."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{processor()} ({torch.get_num_threads()} threads)"
