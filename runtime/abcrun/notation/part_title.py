"""The second title of a part, which says for whom it is written: a sheet without it is
taken for the tune as it sounds."""

import re

from abcrun.notation.instruments import part_name

_KEY = re.compile(r"^(?:\[)?K:", re.MULTILINE)
_TITLE = re.compile(r"^T:.*\n(?:\+:.*\n)*", re.MULTILINE)
_PART_TITLE = re.compile(
    r"^T:\((?:in (?:B flat|E flat|F)|capo [0-9]{1,2})\)[ \t]*\r?\n", re.MULTILINE
)


def with_part_title(text: str, transposition: int) -> str:
    """Return the text of a tune with the title of a part that sounds so many semitones
    from where it is written, in place of one that it has.

    A tune without a title gets none, which would be taken for its own.
    """
    key = _KEY.search(text)
    if key is None:
        return text
    head, rest = _PART_TITLE.sub("", text[: key.start()]), text[key.start() :]
    titles = list(_TITLE.finditer(head))
    name = part_name(transposition)
    if titles and name:
        end = titles[-1].end()
        line_end = "\r\n" if head[:end].endswith("\r\n") else "\n"
        head = f"{head[:end]}T:({name}){line_end}{head[end:]}"
    return head + rest
