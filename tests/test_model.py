"""Generation: primed, repeatable, independent of the batch, bounded, and honest about
how it ended."""

import subprocess
import sys
from itertools import islice

import pytest

from abcrun import Model, Sampling, UsageError

PROMPT = "X:1\nT:Test\nM:6/8\nL:1/8\nK:D Major\n"


@pytest.mark.parametrize("length", [1, 2, 5000])
def test_a_prompt_of_any_length_works(tiny: Model, length: int) -> None:
    prompt = (PROMPT * 200)[:length]
    text = next(tiny.generate(prompt=prompt, max_chars=5, seed=1)).text
    assert text.startswith(prompt)
    assert len(text) <= length + 5


def test_a_seed_repeats_a_tune_and_a_fresh_one_is_reported(tiny: Model) -> None:
    first, second = (next(tiny.generate(max_chars=80)) for _ in range(2))
    assert first.seed != second.seed
    assert next(tiny.generate(max_chars=80, seed=first.seed)).text == first.text


def test_a_tune_does_not_depend_on_its_batch(tiny: Model) -> None:
    texts = {
        slots: [tune.text for tune in tiny.generate(20, seed=3, max_chars=150, slots=slots)]
        for slots in (1, 7, 20)
    }
    assert texts[1] == texts[7] == texts[20]
    assert len(set(texts[1])) > 15
    assert [tune.text for tune in tiny.generate(5, seed=3, max_chars=150)] == texts[1][:5]


def test_tunes_of_a_seed_begin_at_any_number(tiny: Model) -> None:
    def texts(count: int, first: int, best_of: int = 1) -> list[tuple[int, str]]:
        tunes = tiny.generate(count, first=first, best_of=best_of, seed=3, max_chars=80)
        return [(tune.index, tune.text) for tune in tunes]

    assert texts(3, first=5) == texts(8, first=0)[5:]
    assert texts(1, first=2, best_of=2) == texts(3, first=0, best_of=2)[2:]


def test_the_tunes_before_the_first_one_cost_nothing(shipped: Model) -> None:
    far = next(shipped.requests(1, first=10**15, seed=3))
    assert far.index == 10**15
    assert next(shipped.generate(1, first=10**15, seed=3)).index == 10**15


@pytest.mark.parametrize("first", [-1, 2**64])
def test_a_tune_that_a_seed_does_not_have_is_refused(tiny: Model, first: int) -> None:
    with pytest.raises(UsageError, match=f"first is {first}"):
        tiny.requests(1, first=first)


def test_a_complete_tune_ends_before_the_blank_line(shipped: Model) -> None:
    tunes = list(shipped.generate(8, seed=1))
    complete = [tune for tune in tunes if tune.complete]
    assert complete
    for tune in complete:
        assert tune.text.endswith("\n")
        assert "\n\n" not in tune.text


def test_a_tune_is_cut_at_max_chars(tiny: Model) -> None:
    tunes = list(tiny.generate(20, seed=1, max_chars=10))
    cut = [tune for tune in tunes if not tune.complete]
    assert cut
    assert {len(tune.text) for tune in cut} == {len(tiny.spec.prompt) + 10}
    assert all(len(tune.text) <= len(tiny.spec.prompt) + 10 for tune in tunes)


def test_greedy_needs_no_seed(tiny: Model) -> None:
    texts = {
        next(tiny.generate(max_chars=60, sampling=Sampling(greedy=True))).text for _ in range(3)
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompt": ""}, "prompt is empty"),
        ({"prompt": "X:1\nT:Ωmega"}, r"prompt: character 'Ω' .* \(line 2, column 3\)"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**64}, "seed is"),
        ({"max_chars": 0}, "max_chars is 0"),
        ({"count": 0}, "count is 0"),
        ({"slots": 0}, "slots is 0"),
    ],
)
def test_errors_come_at_the_call(tiny: Model, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        tiny.generate(**arguments)  # type: ignore[arg-type]


def test_many_tunes_are_composed_lazily(tiny: Model) -> None:
    assert len(list(islice(tiny.generate(10**9, seed=1, max_chars=20), 3))) == 3


# Importing


def test_importing_abcrun_loads_nothing_heavy() -> None:
    program = (
        "import sys, abcrun; "
        "heavy = {'onnxruntime', 'soundfile', 'mido', 'torch', 'onnx', 'matplotlib', 'click', "
        "'typst', 'IPython'}; "
        "print(*sorted(heavy & set(sys.modules)), "
        "*[n for n in sys.modules if n.startswith('abctrain')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
