"""Training: what it leaves behind, what a step does, and that nothing is lost when it
is killed, stopped or fails."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.trainer import Trainer, TrainingError
from tests.conftest import TINY, abctrain_here
from tests.trainer.training.conftest import CPU, new_trainer


def weights(path: Path) -> dict[str, torch.Tensor]:
    return checkpoints.load(path)["network"]


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


# What a training leaves behind


def test_the_log_says_how_many_tunes_are_left_out_and_why_and_have_their_rhythm_by_name(
    trainer: Trainer, caplog: pytest.LogCaptureFixture
) -> None:
    left_out = {"bar-length": 3, "exact duplicate": 1}
    trainer.corpus = replace(trainer.corpus, left_out=left_out, rhythms_by_name=12)
    with caplog.at_level("INFO"):
        trainer.train()
    assert "of the tunes 4 are left out: 3 bar-length, 1 exact duplicate" in caplog.messages
    named = "12 have the rhythm that the name of their file or folder tells"
    assert named in caplog.messages


def test_a_run_holds_metrics_a_curve_and_its_configuration(workshop: Path) -> None:
    run = workshop / "runs" / "songs-1"  # named after songs (1).txt
    with (run / "metrics.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    losses = [float(row["held_out_bits_per_character"]) for row in rows]
    assert losses == sorted(losses, reverse=True), "it learns"
    assert (run / "loss.png").read_bytes().startswith(b"\x89PNG")
    configuration = json.loads((run / "config.json").read_text())
    assert configuration["recipe"]["network"]["hidden"] == 48
    assert configuration["versions"]["torch"] == torch.__version__


def test_a_table_that_cannot_be_written_ends_no_training(
    trainer: Trainer, caplog: pytest.LogCaptureFixture
) -> None:
    """As on Windows where it is open in a spreadsheet."""
    (trainer.run / "metrics.csv").mkdir(parents=True)
    trainer.train()
    assert trainer.is_over
    assert caplog.text.count("metrics.csv: ") == trainer.epoch
    assert "the next epoch tries again" in caplog.text


def test_a_finished_run_is_left_alone(workshop: Path) -> None:
    before = (workshop / "runs/songs-1" / LAST).read_bytes()
    result = abctrain_here(
        "train", "--recipe", "tiny.toml", "--corpus", "songs (1).txt", cwd=workshop
    )
    assert result.returncode == 0
    assert b"trained already" in result.stderr
    assert (workshop / "runs/songs-1" / LAST).read_bytes() == before


# A step


def test_state_is_carried_from_window_to_window_detached_and_reset_at_each_epoch(
    trainer: Trainer,
) -> None:
    windows = trainer.batches.windows()
    trainer.step(next(windows))
    carried = trainer.progress.state
    assert not any(part.requires_grad for part in carried)
    assert all(part.abs().sum() > 0 for part in carried)
    trainer.network.eval()
    inputs = next(windows).inputs
    with torch.no_grad():
        _, expected = trainer.network(inputs, carried)
    trainer.network.train()
    assert not torch.equal(expected[0], trainer.network(inputs)[1][0]), "the state matters"
    trainer.begin_epoch()
    assert all((part == 0).all() for part in trainer.progress.state)


def test_every_epoch_has_its_own_order_and_streams_begin_with_tunes(
    trainer: Trainer, tmp_path: Path
) -> None:
    starts = {tune[:20] for tune in trainer.corpus.training}

    def beginnings(trainer: Trainer) -> list[str]:
        first = next(trainer.batches.windows())
        return [trainer.vocabulary.decode(row[:20].tolist()) for row in first.inputs]

    orders = []
    for epoch in range(3):
        trainer.epoch = epoch
        trainer.begin_epoch()
        orders.append(beginnings(trainer))
        assert set(orders[-1]) <= starts
    assert orders[0] != orders[1]
    again = Trainer(trainer.recipe, trainer.corpus, tmp_path / "again", CPU, seed=0)
    assert beginnings(again) == orders[0]
    other = Trainer(trainer.recipe, trainer.corpus, tmp_path / "other", CPU, seed=1)
    assert beginnings(other) != orders[0]


def test_precision_auto_is_decided_by_measurement_without_touching_the_training(
    trainer: Trainer, caplog: pytest.LogCaptureFixture
) -> None:
    before = {name: tensor.clone() for name, tensor in trainer.network.state_dict().items()}
    random = torch.get_rng_state()
    trainer.learner.precision = "auto"
    with caplog.at_level("INFO"):
        trainer.learner.choose_precision(next(trainer.batches.windows()), trainer.progress.state)
    assert trainer.learner.precision in ("float32", "bfloat16")
    assert "a step takes" in caplog.text
    assert same(before, trainer.network.state_dict())
    assert torch.equal(random, torch.get_rng_state())
    assert trainer.progress.counted == 0


def test_a_step_in_bfloat16_is_close_to_one_in_float32(workshop: Path, tmp_path: Path) -> None:
    losses = []
    for precision in ("float32", "bfloat16"):
        trainer = new_trainer(workshop, tmp_path / precision)
        trainer.learner.precision = precision
        trainer.step(next(trainer.batches.windows()))
        losses.append(float(trainer.progress.loss_sum) / trainer.progress.counted)
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert losses[0] != losses[1]


# Killed, stopped, failing


@pytest.mark.long
def test_killed_at_any_moment_and_resumed_gives_the_same_weights_bit_for_bit(
    workshop: Path,
) -> None:
    recipe = workshop / "long.toml"
    recipe.write_text(TINY.format(epochs=12))
    command = (
        "train",
        "--recipe",
        "long.toml",
        "--corpus",
        "songs (1).txt",
        "--device",
        "cpu",
        "--seed",
        "5",
    )
    assert abctrain_here(*command, "--name", "whole", cwd=workshop).returncode == 0
    killed = 0
    for wait in (0.0, 0.2):
        last = workshop / "runs" / "killed" / LAST
        before = last.stat().st_mtime_ns if last.exists() else 0
        process = subprocess.Popen(
            [sys.executable, "-m", "abctrain", *command, "--name", "killed"],
            cwd=workshop,
            stderr=subprocess.DEVNULL,
        )
        # It is killed once it has written something new, a moment later: within an
        # epoch or in the middle of a write.
        while process.poll() is None and not (last.exists() and last.stat().st_mtime_ns > before):
            time.sleep(0.01)
        time.sleep(wait)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
    assert killed, "the training was over before it could be killed"
    assert abctrain_here(*command, "--name", "killed", cwd=workshop).returncode == 0
    runs = workshop / "runs"
    assert same(weights(runs / "whole" / LAST), weights(runs / "killed" / LAST))
    assert same(weights(runs / "whole" / BEST), weights(runs / "killed" / BEST))
    histories = [checkpoints.load(runs / name / LAST)["history"] for name in ("whole", "killed")]
    for history in histories:
        for row in history:
            del row["characters_per_second"]
    assert histories[0] == histories[1]


def test_resuming_within_an_epoch_gives_the_same_weights(workshop: Path, tmp_path: Path) -> None:
    whole = new_trainer(workshop, tmp_path / "whole")
    whole.run.mkdir()
    windows = list(whole.batches.windows())
    for window in windows[:5]:
        whole.step(window)
    whole.save()
    resumed = new_trainer(workshop, whole.run)
    torch.manual_seed(99)  # what another program did with the random numbers in between
    resumed.resume()
    for window in resumed.batches.windows(resumed.progress.window):
        resumed.step(window)
    torch.set_rng_state(checkpoints.load(whole.run / LAST)["processes"][0]["random"]["cpu"])
    for window in windows[5:]:
        whole.step(window)
    assert same(whole.network.state_dict(), resumed.network.state_dict())
    assert torch.equal(whole.progress.loss_sum, resumed.progress.loss_sum)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C reaches a process group only from a console")
def test_ctrl_c_saves_and_says_how_to_go_on(workshop: Path) -> None:
    # Smaller, as with more epochs alone it would go on with the run of that name.
    text = TINY.format(epochs=100_000).replace("hidden = 48", "hidden = 16")
    (workshop / "endless.toml").write_text(text)
    command = [sys.executable, "-m", "abctrain", "train"]
    command += ["--recipe", "endless.toml", "--corpus", "songs (1).txt"]
    process = subprocess.Popen(command, cwd=workshop, stderr=subprocess.PIPE)
    # The run of that name belongs to another recipe: it is not overwritten.
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"another network.hidden (48, not 16)" in said
    process = subprocess.Popen(
        [*command, "--name", "stopped"],
        cwd=workshop,
        stderr=subprocess.PIPE,
    )
    last = workshop / "runs" / "stopped" / LAST
    # After the first epoch it surely listens to signals, however slow the machine is.
    while process.poll() is None and not (last.exists() and checkpoints.load(last)["epoch"]):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"the same command goes on from here" in said.splitlines()[-1]
    assert b"Traceback" not in said
    assert checkpoints.load(last)["optimiser"]["state"]


def test_a_loss_that_is_no_number_ends_the_training_and_keeps_the_last_good_checkpoint(
    trainer: Trainer,
) -> None:
    trainer.run.mkdir()
    trainer.save()
    before = (trainer.run / LAST).read_bytes()
    with torch.no_grad():
        trainer.network.linear.bias[0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a number in epoch 1"):
        trainer.train()
    assert checkpoints.load(trainer.run / LAST)["epoch"] == 0
    assert (trainer.run / LAST).read_bytes()[:4] == before[:4]
    assert not torch.isnan(weights(trainer.run / LAST)["lstm.weight_ih_l0"]).any()


def test_a_run_in_place_of_a_file_is_a_clear_error(workshop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be made"):
        new_trainer(workshop, tmp_path / "file" / "run").train()
