"""Compose a set of three jigs, check it, and write it as ABC, MP3 and MIDI.

python compose_set.py [FOLDER]
"""

import sys
from pathlib import Path

import abcrun

KEYS = ("D", "G", "Ador")


def main(folder: Path) -> None:
    with abcrun.Model.load() as model:
        for number, key in enumerate(KEYS, start=1):
            asked = {"rhythm": "jig", "key": key, "form": "AABB", "title": f"Jig number {number}"}
            composed = next(model.generate(seed=2026 + number, **asked))
            tune = abcrun.Tune.parse(composed.text)
            problems = abcrun.check(composed.text)
            print(
                f"{tune.title} in {tune.key.text}: {tune.seconds:.0f} s, {len(problems)} problems"
            )
            # Rendering raises `abcrun.RenderError` with one line for people.
            abcrun.render_files(tune, folder, f"set-{number}", ["abc", "midi", "mp3"])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "set"))
