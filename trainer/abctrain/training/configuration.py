"""What a run says of itself: config.json in its folder."""

import json
import platform
from importlib import metadata

import numpy as np
import torch

from abctrain.training.checkpoint import Description


def configuration(description: Description, parameters: int, arithmetic: str) -> str:
    """Return config.json: where the network comes from, its size, what its precision
    comes to on this device, and the versions of what trains it."""
    entries = {name: value for name, value in description.items() if name not in _OF_AN_EPOCH}
    corpus = description["corpus"]
    entries["corpus"] = {
        **corpus,
        "training": len(corpus["training"]),
        "held_out": len(corpus["held_out"]),
        "test": len(corpus["test"]),
        "origins": len(corpus["origins"]),
    }
    entries["parameters"] = parameters
    entries["arithmetic"] = arithmetic
    entries["threads"] = torch.get_num_threads()
    entries["versions"] = {
        "python": platform.python_version(),
        "abcrun": metadata.version("abcrun"),
        "torch": torch.__version__,  # with its build, which the wheel may not name
        "numpy": np.__version__,
    }
    return json.dumps(entries, indent=2) + "\n"


_OF_AN_EPOCH = ("epoch", "history")
