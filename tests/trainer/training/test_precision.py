"""Precision: what it is on a GPU, and that scaling the loss changes nothing but what
float16 would lose."""

from pathlib import Path

import pytest
import torch

from abctrain.training import learner as learning
from abctrain.training import precision
from abctrain.training.learner import Learner
from abctrain.training.trainer import Trainer, TrainingError
from tests.trainer.training.conftest import CPU, new_trainer

CUDA = torch.device("cuda", 0)


def scaled(trainer: Trainer, scale: float = 2.0**16) -> Learner:
    """Have the trainer scale its loss, as on CUDA in bfloat16."""
    trainer.learner.scaler = torch.amp.GradScaler("cpu", init_scale=scale)
    return trainer.learner


def weights(learner: Learner) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(learner.network.parameters()).detach()


# What there is on each device


def test_the_loss_is_scaled_where_cudnn_computes_in_float16(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.amp.common.amp_definitely_not_available", lambda: False)
    assert precision.loss_scaler(CUDA, "bfloat16").is_enabled()
    for device, name in ((CUDA, "float32"), (CPU, "bfloat16"), (CPU, "float32")):
        assert not precision.loss_scaler(device, name).is_enabled()


def test_cudnn_has_no_lstm_in_bfloat16_yet() -> None:
    # When it has one, the LSTM need not be float16, nor the loss be scaled.
    assert torch.bfloat16 not in torch.backends.cudnn.CUDNN_TENSOR_DTYPES


@pytest.mark.parametrize(
    ("device", "name", "has_tf32", "words"),
    [
        (CPU, "float32", True, "float32"),
        (CPU, "bfloat16", True, "bfloat16"),
        (CUDA, "float32", True, "float32 (the LSTM in TF32)"),
        (CUDA, "float32", False, "float32 (nothing in TF32)"),
        (CUDA, "bfloat16", True, "bfloat16 (the LSTM float16, its loss scaled)"),
    ],
)
def test_a_precision_is_told_with_what_it_comes_to(
    device: torch.device, name: str, has_tf32: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_tf32_supported", lambda: has_tf32)
    assert precision.in_words(device, name) == words


def test_a_card_without_bfloat16_takes_float32_or_is_told(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
    learner, window = trainer.learner, next(trainer.batches.windows())
    learner.device = CUDA
    learner.precision = "auto"
    learner.choose_precision(window, trainer.progress.state)
    assert learner.precision == "float32"
    assert not caplog.records
    learner.precision = "bfloat16"
    learner.choose_precision(window, trainer.progress.state)
    assert learner.precision == "bfloat16"
    assert "this card emulates bfloat16" in caplog.text


# Scaling


def test_scaling_changes_no_step_by_more_than_rounding(workshop: Path, tmp_path: Path) -> None:
    plain, other = (new_trainer(workshop, tmp_path / name) for name in ("plain", "other"))
    scaled(other)
    before = weights(plain.learner).clone()
    for trainer in (plain, other):
        torch.manual_seed(1)  # dropout
        for window in list(trainer.batches.windows())[:3]:
            trainer.step(window)
    assert not torch.allclose(before, weights(plain.learner), atol=1e-4)
    assert torch.allclose(weights(plain.learner), weights(other.learner), rtol=0, atol=1e-6)
    assert float(plain.progress.norm_max) == pytest.approx(float(other.progress.norm_max), rel=1e-5)


def test_a_step_whose_gradient_overflows_is_left_out_and_the_scale_halved(
    trainer: Trainer,
) -> None:
    learner = scaled(trainer, scale=2.0**24)
    # A gradient as cuDNN's LSTM in float16 has it
    learner.network.linear.weight.register_hook(lambda gradient: gradient.half().float())
    before = weights(learner).clone()
    windows = trainer.batches.windows()
    trainer.step(next(windows))
    assert torch.equal(before, weights(learner))
    assert learner.scaler.get_scale() == 2.0**23
    assert float(trainer.progress.norm_max) == 0
    while torch.equal(before, weights(learner)):  # until the scale suits the gradients
        trainer.step(next(windows))
    assert 0 < float(trainer.progress.norm_max) < 100
    assert learner.is_sound


def test_gradients_that_overflow_even_when_scaled_down_end_the_training(
    trainer: Trainer,
) -> None:
    trainer.run.mkdir()
    trainer.save()
    scaled(trainer, scale=0.5)
    trainer.step(next(trainer.batches.windows()))
    with pytest.raises(TrainingError, match="no longer a number"):
        trainer.save()


def test_a_resumed_training_goes_on_with_its_scale(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        learning,
        "loss_scaler",
        lambda device, precision: torch.amp.GradScaler("cpu", growth_interval=3),
    )
    whole = new_trainer(workshop, tmp_path / "run")
    whole.run.mkdir()
    windows = list(whole.batches.windows())
    for window in windows[:4]:
        whole.step(window)
    whole.save()
    resumed = new_trainer(workshop, whole.run)
    resumed.resume()
    for trainer in (whole, resumed):
        torch.manual_seed(2)
        for window in windows[4:9]:
            trainer.step(window)
    assert whole.learner.scaler.state_dict() == resumed.learner.scaler.state_dict()
    assert whole.learner.scaler.get_scale() == 2.0**19  # grown at the steps 3, 6, 9
    assert torch.equal(weights(whole.learner), weights(resumed.learner))
