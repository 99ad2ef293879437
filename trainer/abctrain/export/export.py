"""From a run's checkpoint to one checked ONNX file and its model card."""

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import onnx
import torch

from abcrun.errors import OutputError, UsageError
from abcrun.files import index_path, make_folder, write_atomically, write_together
from abcrun.inference.checksum import with_checksum
from abcrun.inference.sampling import Sampling
from abcrun.inference.spec import ModelSpec
from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.corpus import origin
from abctrain.data.melody_index import index_of_texts, joined
from abctrain.data.text import SEPARATOR
from abctrain.export import graph
from abctrain.export.card import Exported, model_card
from abctrain.export.check import ExportError, bits_of_file, check
from abctrain.export.critic import critic_of
from abctrain.export.graph import Weights
from abctrain.export.leading import leading_of
from abctrain.export.provenance import Metrics, export_id, provenance_of
from abctrain.export.shipped import files_of, objection
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.base import base_melodies
from abctrain.training.checkpoint import LAST, BestCheckpoint, Description
from abctrain.training.encoding import Encoder
from abctrain.training.evaluation import HeldOut, bits
from abctrain.training.kept import is_same_training, load_epoch
from abctrain.training.network import CharacterLSTM
from abctrain.training.stopping import epochs_since_best, is_stopped_early

log = logging.getLogger(__name__)

HALF_TOLERANCE = 0.002
"""The held-out bits per character that storing weights as float16 may cost."""

INT8_TOLERANCE = 0.01
"""The share of the held-out bits per character that int8 weights may cost."""

Build = Callable[[Weights, ModelSpec], onnx.ModelProto]


@dataclass(frozen=True)
class Trained:
    """A network with the recipe, vocabulary and checkpoint that it comes from."""

    network: CharacterLSTM
    recipe: Recipe
    vocabulary: Vocabulary
    checkpoint: BestCheckpoint
    base_melodies: bytes = b""

    @classmethod
    def load(cls, run: Path, settings: Sequence[str] = (), epoch: int | None = None) -> Self:
        """Read the network of a run's epoch, or of its best one, onto the CPU, ready to
        predict.

        Each of the `settings`, "generation.key=value", replaces an entry of its recipe.
        Raises `UsageError` for one that does not fit, or of another section, and as
        `load_epoch` does.
        """
        for setting in settings:
            if not setting.lstrip().startswith("generation."):
                raise UsageError(
                    f"setting {setting!r}: the network is trained, and only [generation] can be "
                    "changed at its export, as in generation.temperature=0.9"
                )
        checkpoint = load_epoch(run, epoch)
        recipe = Recipe.from_dict(checkpoint["recipe"], settings)
        vocabulary = Vocabulary(checkpoint["vocabulary"])
        prompt = recipe.generation.prompt
        unknown = sorted({character for character in prompt if character not in vocabulary})
        # The recipe's own is left out where the corpus lacks a character.
        if unknown and prompt != checkpoint["recipe"]["generation"].get("prompt"):
            raise UsageError(
                f"generation.prompt is {prompt!r}; the model does not know {unknown[0]!r}"
            )
        network = CharacterLSTM(len(vocabulary), recipe.network)
        network.load_state_dict(checkpoint["network"])
        melodies = base_melodies(run, checkpoint.get("base"))
        return cls(network.eval(), recipe, vocabulary, checkpoint, melodies)

    def calibrate(self) -> None:
        """Divide all logits by the recipe's `calibration`."""
        with torch.no_grad():
            for parameter in self.network.linear.parameters():
                parameter.div_(self.recipe.generation.calibration)

    def round_to_half(self) -> None:
        """Round the weights to what the file holds: matrices through float16, biases as
        they are."""
        with torch.no_grad():
            for parameter in self.network.parameters():
                if parameter.dim() > 1:
                    parameter.copy_(parameter.half().float())

    @property
    def weights(self) -> Weights:
        """The network's state dictionary as float32 arrays."""
        return {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}

    @cached_property
    def melodies(self) -> bytes:
        """The index of the melodies that it was trained on, and its base before it;
        empty where there is none."""
        corpus = self.checkpoint["corpus"]
        # Older checkpoints hold no tunes to train on, or do not say where they come
        # from.
        training = corpus.get("training", [])
        origins = corpus.get("origins") or [
            origin(corpus["name"], number, "") for number in range(1, len(training) + 1)
        ]
        return joined(self.base_melodies, index_of_texts(origins, training, corpus["sources"]))


def export(
    run: Path,
    target: Path,
    *,
    epoch: int | None = None,
    settings: Sequence[str] = (),
    force: bool = False,
    build: Build = graph.build,
    int8_tolerance: float = INT8_TOLERANCE,
) -> Exported:
    """Write the network of the run's best epoch, or of another one, as `target`,
    NAME.onnx; return its figures.

    NAME.int8.onnx, the card NAME.md, NAME.melodies, the index of the melodies that it
    learned from, and NAME.json, what the file says of itself, for programs that cannot
    read the metadata of an ONNX file, are written beside it, all of them or none.
    Raises `ExportError` when a check fails, and `OutputError` where the disk is full:
    older files stay then, as they were. An int8 file that predicts too much worse, by
    more than the share `int8_tolerance`, is left out; an older one is removed, as it
    belongs to another model. `settings` are those of `Trained.load`. Only with `force`
    does another model replace one that comes with abcrun.
    """
    # Read first: of a run that is trained meanwhile, it must not know more epochs than
    # those that the exported one is the best of.
    last = checkpoints.load_last(run / LAST) if (run / LAST).exists() else None
    trained = Trained.load(run, settings, epoch)
    course = _course(trained.checkpoint, last)
    best_epoch = _other_best(course, trained.checkpoint["epoch"])
    sources = trained.checkpoint["corpus"]["sources"]
    why_not = objection(target, trained.recipe, sources, is_best=best_epoch is None)
    if why_not is not None and not force:
        raise ExportError(why_not)
    metrics = replace(_ready(trained, course), best_epoch=best_epoch)
    provenance = provenance_of(trained.checkpoint, trained.recipe.to_dict(), metrics)
    melodies = hashlib.sha256(trained.melodies).hexdigest() if trained.melodies else ""
    spec = replace(spec_of(target.stem, trained), melodies=melodies, provenance=provenance)
    make_folder(target.parent)
    lost = metrics.held_out_bits_per_character - metrics.held_out_bits_per_character_checkpoint
    # Not `lost > HALF_TOLERANCE`, which is false for NaN.
    if not lost <= HALF_TOLERANCE:
        raise ExportError(
            f"float16 weights cost {lost:.4f} held-out bits per character, over {HALF_TOLERANCE}"
        )
    model, int8 = build(trained.weights, spec), graph.build_int8(trained.weights, spec)
    spec, metrics = _tried(target.name, model, int8, spec, trained, metrics)
    # The files tell their own figures, which are known only now.
    spec = replace(spec, provenance={**provenance, "metrics": metrics.to_dict()})
    spec = replace(spec, export_id=export_id(trained.weights, spec))
    graph.describe(model, spec)
    graph.describe(int8, replace(spec, precision="int8"))
    content = with_checksum(model.SerializeToString())
    content_int8 = with_checksum(int8.SerializeToString())
    exported = Exported(metrics, len(content), len(content_int8), int8_tolerance)
    file, file_int8, card, index, about = files_of(target)
    write_together(
        {
            file: content,
            file_int8: content_int8 if exported.is_int8_good else None,
            card: model_card(spec, trained.recipe, provenance, exported, course["history"]),
            index: trained.melodies or None,
            about: spec.to_json(),
        }
    )
    if not exported.is_int8_good:
        log.warning(
            "%s is left out: held out %.4f bits per character, over 1 %% more than %.4f",
            file_int8.name,
            metrics.held_out_bits_per_character_int8,
            metrics.held_out_bits_per_character,
        )
    return exported


def _tried(
    name: str,
    model: onnx.ModelProto,
    int8: onnx.ModelProto,
    spec: ModelSpec,
    trained: Trained,
    metrics: Metrics,
) -> tuple[ModelSpec, Metrics]:
    """Check the two files and learn from what they compose; return what they are to say
    of themselves, and their figures."""
    corpus = trained.checkpoint["corpus"]
    # The checks read files, as a user's program will. None that fails is in its place.
    with _trial_folder() as folder:
        trial = folder / name
        write_atomically(trial, model.SerializeToString())
        write_atomically(trial.with_suffix(".int8.onnx"), int8.SerializeToString())
        write_atomically(index_path(trial), trained.melodies)
        checked = check(trial, trained.network, corpus["held_out"])
        metrics = replace(
            metrics,
            largest_difference=checked.largest_difference,
            greedy_characters=checked.greedy_characters,
            held_out_bits_per_character_int8=bits_of_file(trial, corpus["held_out"], "int8"),
            test_bits_per_character=(
                bits_of_file(trial, corpus["test"], "float32") if corpus["test"] else None
            ),
        )
        # Older checkpoints hold no tunes to train on.
        training = corpus.get("training", [])
        leading = leading_of(trial, training) if spec.repertoire else None
        if leading is not None:
            spec = replace(spec, leading=leading.to_text())
            graph.describe(int8, replace(spec, precision="int8"))
            write_atomically(trial.with_suffix(".int8.onnx"), int8.SerializeToString())
        critic = critic_of(trial, training) if spec.repertoire else None
    if critic is not None:
        spec = replace(spec, critic=critic.critic.to_text())
        metrics = replace(metrics, critic_area=critic.area, critic_tunes=critic.tunes)
    return spec, metrics


@contextmanager
def _trial_folder() -> Iterator[Path]:
    """Make a folder for files that are tried. `OutputError` where there is no place."""
    try:
        folder = tempfile.TemporaryDirectory()
    except OSError as error:
        raise OutputError(
            f"cannot make a folder for files that are tried ({error.strerror or error}); "
            "set TMPDIR to one with room for them"
        ) from None
    with folder as path:
        yield Path(path)


def _ready(trained: Trained, course: Description) -> Metrics:
    """Make the network what the file will hold, and measure it before and after."""
    checkpoint = trained.checkpoint
    encoder = Encoder(trained.vocabulary, trained.recipe.corpus.recall)
    held_out = HeldOut.of(checkpoint["corpus"]["held_out"], encoder, "cpu")
    trained.calibrate()
    exact = bits(held_out.cross_entropy(trained.network))
    trained.round_to_half()
    return Metrics(
        epoch=checkpoint["epoch"],
        epochs=len(course["history"]),
        stopped_early=is_stopped_early(
            course["history"], Recipe.from_dict(course["recipe"]).training
        )
        or None,
        held_out_bits_per_character=bits(held_out.cross_entropy(trained.network)),
        held_out_bits_per_character_checkpoint=exact,
        training_bits_per_character=checkpoint["history"][-1]["bits_per_character"],
        parameters=sum(parameter.numel() for parameter in trained.network.parameters()),
    )


def spec_of(name: str, trained: Trained) -> ModelSpec:
    """Return what a file of the network says of itself before anything is learned from
    what it composes."""
    corpus, generation = trained.checkpoint["corpus"], trained.recipe.generation
    # A corpus of the user's own may lack a character of the prompt.
    is_known = all(character in trained.vocabulary for character in generation.prompt)
    return ModelSpec(
        name=name,
        vocabulary=trained.vocabulary,
        layers=trained.recipe.network.layers,
        hidden=trained.recipe.network.hidden,
        separator=SEPARATOR,
        prompt=generation.prompt if is_known else corpus["held_out"][0][0],
        sampling=Sampling(top_k=generation.top_k, temperature=generation.temperature),
        max_chars=generation.max_chars,
        repertoire=corpus["repertoire"],
        recall=trained.recipe.corpus.recall,
    )


def _course(own: Description, last: Description | None) -> Description:
    """Return the description with all epochs of the run: that of an epoch's network has
    those up to its own."""
    # A last checkpoint of another training is of one that has begun anew meanwhile.
    if last is None or len(last["history"]) < own["epoch"] or not is_same_training(last, own):
        return own
    return last


def _other_best(course: Description, epoch: int) -> int | None:
    """Return the epoch with the lowest held-out loss, or None where it is `epoch`."""
    best = len(course["history"]) - epochs_since_best(course["history"])[-1]
    return None if best == epoch else best
