"""Serve tunes from a Flask app of your own.

pip install flask "abcrun[cpu]"
flask --app flask_route run
curl "http://127.0.0.1:5000/tune?rhythm=reel&key=G"
curl "http://127.0.0.1:5000/tune.mp3?rhythm=reel&key=G&seed=7" -o tune.mp3
"""

from functools import cache

from flask import Flask, Response, request

import abcrun

app = Flask(__name__)


@cache
def model() -> abcrun.Model:
    """Load the model when it is first asked for, once in each process."""
    return abcrun.Model.load(threads=1)


def composed() -> abcrun.Generated:
    """Compose the tune that the query asks for."""
    seed = request.args.get("seed", type=int)
    rhythm, key = request.args.get("rhythm"), request.args.get("key")
    return next(model().generate(seed=seed, rhythm=rhythm, key=key))


@app.get("/tune")
def tune() -> Response:
    generated = composed()
    return Response(generated.text, mimetype="text/plain", headers={"X-Seed": str(generated.seed)})


@app.get("/tune.mp3")
def sound() -> Response:
    parsed = abcrun.Tune.parse(composed().text)
    return Response(abcrun.render(parsed, "mp3"), mimetype="audio/mpeg")


@app.errorhandler(abcrun.UsageError)
def wrong_question(error: abcrun.UsageError) -> tuple[dict[str, str], int]:
    return {"error": str(error)}, 422  # one line that says what is wrong, and what there is
