"""What `deploy/` says fits the programs: each setting, path, option and metric that it
names is one that there is. Where a tool that checks such a file is installed, it does.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abcrun.cli.bulk import bulk_command
from abcrun.studio.metrics import Metrics
from abcrun.studio.settings import DEFAULT_PORT, Settings
from tests.conftest import ROOT

yaml = pytest.importorskip("yaml")

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc")
IN_CLUSTER = ("service.yaml", "bulk.yaml")


def manifests() -> Iterator[dict[str, Any]]:
    for name in IN_CLUSTER:
        yield from yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text("utf-8"))


def manifest(kind: str) -> dict[str, Any]:
    (found,) = [one for one in manifests() if one["kind"] == kind]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_is_a_setting(path: Path) -> None:
    settings = {one.variable for one in Settings.options()}
    assert set(re.findall(r"ABCRUN_[A-Z_]+", path.read_text("utf-8"))) <= settings


@pytest.mark.parametrize("name", IN_CLUSTER)
@pytest.mark.parametrize("version", ["1.31", "1.34"])
def test_manifests_are_those_of_kubernetes(name: str, version: str) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    for one in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text("utf-8")):
        kubernetes_validate.validate(one, version, strict=True)


def test_the_limits_of_the_pod_suit_the_server() -> None:
    spec = manifest("Deployment")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    settings = Settings(token="t")
    # Stopped, it may finish what runs, behind the pause before it hears of it.
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert spec["terminationGracePeriodSeconds"] > settings.grace + pause
    assert container["ports"][0]["containerPort"] == DEFAULT_PORT
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in ("/healthz", "/readyz")
    (metric,) = manifest("HorizontalPodAutoscaler")["spec"]["metrics"]
    assert int(metric["pods"]["target"]["averageValue"]) < settings.slots


def test_the_autoscaler_asks_for_the_metric_that_the_adapter_makes() -> None:
    (metric,) = manifest("HorizontalPodAutoscaler")["spec"]["metrics"]
    adapter = yaml.safe_load((DEPLOY / "kubernetes" / "adapter.yaml").read_text("utf-8"))
    (rule,) = adapter["rules"]["custom"]
    assert rule["name"]["as"] == metric["pods"]["metric"]["name"]
    assert set(re.findall(r"abcrun_\w+", rule["metricsQuery"])) <= metrics()


def test_each_pod_of_the_job_makes_the_shard_of_its_index() -> None:
    job = manifest("Job")["spec"]
    (container,) = job["template"]["spec"]["containers"]
    command, *arguments = container["args"]
    arguments = [text.replace("$(JOB_COMPLETION_INDEX)", "999") for text in arguments]
    assert command == bulk_command.name
    options = bulk_command.make_context("bulk", arguments).params
    assert options["count"] == options["shard_size"] * job["completions"]
    assert options["shard"] == job["completions"] - 1
    (volume,) = [one for one in container["volumeMounts"] if one["name"] == "tunes"]
    assert str(options["out"]) == volume["mountPath"]


def metrics() -> set[str]:
    """The names of all families, and of what Prometheus derives from them."""
    text = Metrics().text().decode()
    families = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    return families | {f"{name}_{end}" for name in families for end in ("bucket", "count", "sum")}


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    panels = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(expressions) >= len(panels) == 8
    for expression in expressions:
        named = set(re.findall(r"abcrun_\w+", expression))
        assert named and named <= metrics(), expression
        assert expression.count("(") == expression.count(")")


def test_replicas_are_reached_by_the_name_of_their_service() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert services["abcrun"]["deploy"]["replicas"] == 2
    assert services["abcrun"]["read_only"] is True
    assert f"dynamic a abcrun {DEFAULT_PORT}" in (DEPLOY / "Caddyfile").read_text("utf-8")
    grace = int(services["abcrun"]["stop_grace_period"].removesuffix("s"))
    assert grace > Settings().grace


def test_the_image_is_made_of_files_that_there_are() -> None:
    steps = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    copied = [
        name
        for step in steps
        if step.startswith("COPY ") and "--from" not in step
        for name in step.split()[1:-1]
    ]
    assert copied and all((ROOT / name).exists() for name in copied)
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    assert kept == set(copied)
    assert "USER 10001" in steps
    assert f"EXPOSE {DEFAULT_PORT}" in steps


def tool(name: str, *arguments: str | Path, **environment: str) -> None:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    result = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, env=environment or None
    )
    said = result.stdout + result.stderr
    # The unit names the program where the note puts it.
    said = re.sub(r".*Command /opt/abcrun/bin/abcrun is not executable.*\n", "", said)
    assert not re.search("invalid|unknown|error|failed|ignoring", said, re.IGNORECASE), said


def test_systemd_reads_the_unit() -> None:
    tool("systemd-analyze", "verify", DEPLOY / "abcrun.service")


def test_compose_reads_its_file() -> None:
    tool("docker-compose", "-f", DEPLOY / "compose.yaml", "config", ABCRUN_TOKEN="t")


def test_nginx_reads_its_part(tmp_path: Path) -> None:
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    # Without the certificate, which nobody has but the site.
    text = re.sub(r"ssl_certificate.*\n", "", text).replace("listen 443 ssl", "listen 8443")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {text} }}"
    )
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not installed")
    result = subprocess.run(
        [program, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
