"""A critic made by hand, which asks one thing."""

import numpy as np

from abcrun.composition.critic import BUCKETS, DEPTH, Critic


def critic_of(trait: str, limit: float) -> Critic:
    """Tunes with more of a trait score 1.25, others -0.75, whatever their motifs."""
    questions, answers = 2**DEPTH - 1, 2**DEPTH
    return Critic(
        names=("chromatic", trait),
        traits=np.array([[1] + [0] * (questions - 1)]),
        limits=np.full((1, questions), limit, np.float32),
        answers=np.repeat(np.array([-1, 1], np.float32), answers // 2)[None],
        weights=np.zeros(BUCKETS, np.float16),
        bias=0.25,
    )
