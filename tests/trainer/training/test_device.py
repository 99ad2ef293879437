"""The device: cuda works or is an error of one line, auto takes what works."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from abcrun.errors import DeviceError, UsageError
from abctrain.training.device import choose_device, enough_memory
from abctrain.training.rank import Rank
from abctrain.training.trainer import Trainer
from tests.conftest import abctrain_here
from tests.trainer.training.conftest import CPU, new_trainer

NO_KERNEL = (
    "CUDA error: no kernel image is available for execution on the device\n"
    "CUDA kernel errors might be asynchronously reported at some other API call"
)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], list[torch.device]]:
    """Have PyTorch list two cards that work, or that fail with what is given."""

    def cards(failure: Exception | None) -> list[torch.device]:
        current: list[torch.device] = []

        class Lstm(torch.nn.LSTM):
            def __init__(self, *sizes: int, device: torch.device) -> None:
                if failure is not None:
                    raise failure
                super().__init__(*sizes, device="cpu")

        ones = torch.ones
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
        monkeypatch.setattr(torch.cuda, "set_device", current.append)
        monkeypatch.setattr(torch.cuda, "synchronize", lambda device: None)
        monkeypatch.setattr(torch.nn, "LSTM", Lstm)
        monkeypatch.setattr(torch, "ones", lambda *sizes, device: ones(*sizes))
        return current

    return cards


def test_cuda_works_or_is_an_error() -> None:
    if torch.cuda.is_available():
        assert choose_device("cuda").type == "cuda"
    else:
        for name in ("cuda", "cuda:1"):
            with pytest.raises(DeviceError, match=f"device {name}: .* use --device cpu"):
                choose_device(name)
        assert choose_device("auto") == CPU


@pytest.mark.parametrize(
    ("name", "index"), [("auto", 0), ("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)]
)
def test_a_card_is_chosen_by_its_number_and_becomes_the_current_one(
    listed: Callable[[Exception | None], list[torch.device]], name: str, index: int
) -> None:
    current = listed(None)
    assert choose_device(name) == torch.device("cuda", index)
    assert current == [torch.device("cuda", index)]


def test_each_of_several_processes_has_a_card_of_its_own(
    listed: Callable[[Exception | None], list[torch.device]],
) -> None:
    listed(None)
    rank = Rank(5, 8, local=1)
    assert choose_device("cpu", rank) == CPU
    for name in ("auto", "cuda"):
        assert choose_device(name, rank) == torch.device("cuda", 1)
        with pytest.raises(DeviceError, match=r"there are 2 CUDA devices.* or fewer processes"):
            choose_device(name, Rank(5, 8, local=2))
    with pytest.raises(UsageError, match="--device cuda:1 is one card for 8 processes"):
        choose_device("cuda:1", rank)


def test_a_card_that_is_not_there_is_an_error(
    listed: Callable[[Exception | None], list[torch.device]],
) -> None:
    listed(None)
    with pytest.raises(DeviceError, match=r"^device cuda:2: there are 2 CUDA devices"):
        choose_device("cuda:2")


@pytest.mark.parametrize("kind", [torch.AcceleratorError, torch.cuda.DeferredCudaCallError])
def test_a_card_that_is_listed_and_cannot_run_is_told_in_one_line(
    kind: type[Exception],
    listed: Callable[[Exception | None], list[torch.device]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    listed(kind(NO_KERNEL))
    with pytest.raises(DeviceError, match="no kernel image is available") as caught:
        choose_device("cuda:1")
    assert "\n" not in str(caught.value)
    assert choose_device("auto") == CPU
    assert [record.message.count("\n") for record in caplog.records] == [0]
    assert "training on the CPU" in caplog.text


@pytest.mark.parametrize("name", ["cuda:", "cuda:x", "cuda:-1", "gpu", "CUDA"])
def test_what_is_no_device_is_wrong_usage(name: str, tmp_path: Path) -> None:
    result = abctrain_here("train", "--device", name, cwd=tmp_path)
    assert result.returncode == 2
    assert b"is none of auto, cpu, cuda, cuda:N" in result.stderr


# Memory


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    ],
)
def test_a_card_with_too_little_memory_is_told_in_one_line(error: RuntimeError) -> None:
    with pytest.raises(DeviceError, match=r"lower training\.streams") as caught, enough_memory():
        raise error
    assert "\n" not in str(caught.value)


def test_another_failure_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="shapes"), enough_memory():
        raise RuntimeError("shapes do not fit")


def test_a_run_that_has_no_memory_left_goes_on_from_its_checkpoint(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = new_trainer(workshop, tmp_path / "run")
    step = Trainer.step

    def out_of_memory(self: Trainer, *window: object) -> None:
        if self.epoch == 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        step(self, *window)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "step", out_of_memory)
    with pytest.raises(DeviceError, match="CUDA out of memory"), enough_memory():
        trainer.train()
    resumed = new_trainer(workshop, trainer.run)
    resumed.resume()
    assert resumed.epoch == 1
