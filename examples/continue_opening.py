"""Continue a musician's own opening bars, and let the tune grow by one more section.

python continue_opening.py
"""

import abcrun

OPENING = """\
X:1
T:The Kitchen Step
M:6/8
L:1/8
R:jig
K:G
|:G2B d2B|c2A F2D|"""


def main() -> None:
    with abcrun.Model.load() as model:
        composed = next(model.generate(prompt=OPENING, seed=3))
        print(composed.text, end="\n\n")
        # The last four bars of the first section are drawn anew; all else stays.
        changed = model.rewrite(composed.text, bars=range(4, 8), seed=4)
        longer = model.continue_(changed.text, seed=5)
        print(longer.text)
        tune = abcrun.Tune.parse(longer.text)
        run = tune.originality()
        print(f"Longest run shared with a known tune: {run.longest_run} notes ({run.title}).")


if __name__ == "__main__":
    main()
