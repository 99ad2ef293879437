"""What a model file holds for composing, checked when the model is loaded."""

from abcrun.composition.critic import Critic
from abcrun.composition.guidance import unguided
from abcrun.composition.leading import Leading
from abcrun.composition.repertoire import Repertoire
from abcrun.errors import AbcrunError, ModelError
from abcrun.inference.spec import ModelSpec


def check(spec: ModelSpec) -> None:
    """Read form plans, leading, critic and prompt. `ModelError` for one that is
    damaged, and for plans with characters that the model does not know."""
    # Each is kept where it is read, for whoever composes next.
    if spec.critic:
        Critic.from_text(spec.critic)
    if spec.leading:
        Leading.from_text(spec.leading)
    if spec.recall:
        try:
            unguided(spec, spec.prompt)
        except AbcrunError as error:
            raise ModelError(f"the model's own {error}") from None
    if not spec.repertoire:
        return
    unknown = Repertoire.from_text(spec.repertoire).characters - set(spec.vocabulary.characters)
    if unknown:
        raise ModelError(
            f"the model's form plans have {min(unknown)!r}, which is not in its vocabulary; "
            "export it again"
        )
