"""What a network composes while it is still trained, to read and hear its progress."""

import copy
import logging
import tempfile
from pathlib import Path

from abcrun import Model
from abcrun.errors import AbcrunError
from abcrun.files import make_folder, write_atomically
from abctrain.data.text import join_tunes
from abctrain.export import graph
from abctrain.export.export import Trained, spec_of
from abctrain.training.checkpoint import SAMPLES
from abctrain.training.trainer import Trainer

log = logging.getLogger(__name__)

TUNES = 4
"""How many are composed."""

_SEED = 1  # at each epoch the same: what changes is what was learned


def write_samples(trainer: Trainer) -> None:
    """Compose some tunes without guidance, on the CPU, and write them into the run's
    folder.

    The training's random numbers stay as they are. What fails is a warning: it is no
    reason to lose a training.
    """
    try:
        path = make_folder(trainer.run / SAMPLES) / f"epoch-{trainer.epoch:04}.abc"
        write_atomically(path, join_tunes(_composed(trainer)))
    except (AbcrunError, OSError) as error:
        log.warning("no samples of epoch %d: %s", trainer.epoch, error)
    else:
        log.info("samples: %s", path)


def _composed(trainer: Trainer) -> list[str]:
    # A copy, as its logits are divided. A new network would draw random weights.
    network = copy.deepcopy(trainer.evaluated()).cpu().eval()
    description = trainer.description()
    trained = Trained(network, trainer.recipe, trainer.vocabulary, {**description, "network": {}})
    trained.calibrate()
    spec = spec_of("samples", trained)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.onnx"
        write_atomically(path, graph.build(trained.weights, spec).SerializeToString())
        with Model.load(path, "cpu", "float32") as model:
            return [tune.text for tune in model.generate(TUNES, seed=_SEED, guide="off")]
