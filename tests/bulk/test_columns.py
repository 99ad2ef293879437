"""What is told of each tune beside its text."""

from abcrun import Model, Tune
from abcrun.bulk.columns import told
from abcrun.composition.plans import form_of
from abcrun.notation.melody import melody_of
from tests.traditional import ALL


def test_it_is_what_the_reader_of_tunes_and_form_plans_say(folk: Model) -> None:
    forms = 0
    for guide in ("full", "bars", "off"):
        for generated in folk.generate(40, seed=3, guide=guide):
            found, tune = told(generated.text), Tune.parse(generated.text)
            assert found is not None
            assert (found.key, found.meter) == (tune.key.text, tune.meter.text)
            assert found.rhythm == (tune.rhythm or None)
            assert found.melody == melody_of(tune)
            form = form_of(generated.text)
            assert form is None or found.form == form.letters
            forms += form is not None
    assert forms > 40


def test_any_tune_is_told_of() -> None:
    for text in ALL:
        found, tune = told(text), Tune.parse(text)
        assert found is not None
        assert (found.key, found.meter) == (tune.key.text, tune.meter.text)
        assert found.melody == melody_of(tune)


def test_nothing_is_told_of_what_is_no_tune() -> None:
    assert told("") is None
    assert told("X") is None
