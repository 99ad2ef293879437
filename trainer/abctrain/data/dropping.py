"""Why a tune is left out of a training corpus."""

from abcrun.errors import CorpusError


class DroppedTuneError(CorpusError):
    """The tune does not go into the corpus. `reason` is one of a few fixed phrases, the
    message says more."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
