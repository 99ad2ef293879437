"""Every construct of ABC 2.1, and those of other programs that people use, each with a
tune that shows it: the rows of docs/notation.md.

    python -m tests.notation.constructs.table     # prints the table
"""

from tests.notation.constructs import fields, marks, music, voices
from tests.notation.constructs.construct import Construct

CONSTRUCTS: tuple[Construct, ...] = (*fields.ROWS, *music.ROWS, *marks.ROWS, *voices.ROWS)

_HEADINGS = {
    "2": "Files (2)",
    "3": "Information fields (3)",
    "4": "The music (4)",
    "5": "Lyrics (5)",
    "6": "Lines of the score (6)",
    "7": "Voices (7)",
    "8": "Text (8)",
    "9": "Macros (9)",
    "10": "Older syntax (10)",
    "11": "Directives (11)",
    "abcm2ps": "Of other programs",
}


def table() -> str:
    """The table of all constructs in Markdown."""
    lines: list[str] = []
    heading = ""
    for construct in CONSTRUCTS:
        chapter = _HEADINGS[construct.section.split(".")[0]]
        if chapter != heading:
            heading = chapter
            lines += [
                "",
                f"### {heading}",
                "",
                "| | construct | read | played | drawn | MusicXML | transposed | |",
                "|---|---|---|---|---|---|---|---|",
            ]
        cells = (construct.section, *construct.cells)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines).strip() + "\n"


if __name__ == "__main__":
    print(table(), end="")
