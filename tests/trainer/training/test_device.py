"""The device: cuda works or is an error."""

import pytest
import torch

from abcrun.errors import DeviceError
from abctrain.training.device import choose_device
from tests.trainer.training.conftest import CPU


def test_cuda_works_or_is_an_error() -> None:
    if torch.cuda.is_available():
        assert choose_device("cuda").type == "cuda"
    else:
        with pytest.raises(DeviceError, match="use --device cpu"):
            choose_device("cuda")
        assert choose_device("auto") == CPU
