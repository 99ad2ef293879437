"""The service on Ray Serve: the app as it is, in as many replicas as the cluster has
room for.

    pip install "abcrun[cpu,studio]" "ray[serve]"    # and, from this checkout:
    ABCRUN_TOKEN=... serve run deploy.ray_serve:app

Settings are the environment's, as those of `abcrun serve`.
"""

from ray import serve

from abcrun.studio import create_app


@serve.deployment(
    num_replicas=2,
    # As many as its engine and its queue take; more of them wait in Ray's proxy.
    max_ongoing_requests=192,
    ray_actor_options={"num_cpus": 1},
    health_check_period_s=5,
)
@serve.ingress(create_app)
class Studio:
    """A replica: a process with a model and an engine of its own."""


app = Studio.bind()
