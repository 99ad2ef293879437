"""Check a tunebook: name every fault by line and column, and say what the book holds.

python check_tunebook.py tunes.abc
"""

import sys
from collections import Counter
from pathlib import Path

import abcrun


def main(path: Path) -> int:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    problems = abcrun.check(text)
    for problem in problems:
        print(f"{path}:{problem.line}:{problem.column}: {problem.reason} [{problem.kind}]")
    tunes = list(abcrun.Tune.find(text))
    rhythms = Counter(tune.rhythm or "no R: field" for tune in tunes)
    minutes = sum(tune.seconds for tune in tunes) / 60
    print(f"{len(tunes)} tunes, {minutes:.0f} minutes: {dict(rhythms.most_common())}")
    # Remarks are no faults: abcrun reads over what stands there.
    return 0 if all(problem.is_remark for problem in problems) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
