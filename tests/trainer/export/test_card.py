"""The model card tells what is inside."""

from pathlib import Path


def test_the_model_card_tells_what_is_inside(workshop: Path) -> None:
    card = (workshop / "exported" / "songs-1.md").read_text()
    for word in (
        "Held-out bits per character",
        "songs (1).txt",
        "sha256",
        "What it can't do",
        "| 3",
    ):
        assert word in card
