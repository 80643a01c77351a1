"""The command `health`: publishes the observation as metrics and as the health parameter."""

from __future__ import annotations

from typing import Callable

from .errors import with_remedy
from .files import Json, compact, read_json, write
from .host import Host
from .observation import observe, versions
from .parameters import PARAMETER_LIMIT, aws, parameter_text, put_parameter
from .paths import RUN
from .problems import CLOCK_FILE, is_synchronised, remember_clock
from .process import say

HEALTH_FILE = RUN / "health.json"


def put_metrics(host: Host, values: Json) -> bool:
    """Puts the metrics that have a value. Returns False, after a message, if that fails."""
    stack = [{"Name": "Stack", "Value": host.stack}]
    data = [{"MetricName": key, "Dimensions": stack, "Value": it} for key, it in values.items() if it is not None]
    put = aws(host, "cloudwatch", "put-metric-data", "--namespace", host.namespace, "--metric-data", compact(data))
    if put.returncode:
        say(f"metrics can't be written: {with_remedy(put.stderr)}")
    return put.returncode == 0


def health_report(observation: Json) -> Json:
    """The observation without logs and outputs, in the longest version that fits in a parameter."""
    services = {name: {**it, "log": []} for name, it in observation["services"].items()}
    steps = {name: {**it, "output": ""} for name, it in observation["steps"].items()}
    problems = [problem[:300] for problem in observation["problems"]][:5]
    report = {**observation, "last": None, "problems": problems, "services": services, "steps": steps}
    for version in versions(report):
        if len(parameter_text(version).encode("utf-8", "replace")) <= PARAMETER_LIMIT:
            return version
    return {**version, "release": None, "desired": None, "kernel": ""}


def write_or_say(work: Callable[[], object]) -> None:
    """Writes a file. An error is reported, and does not prevent the health report."""
    try:
        work()
    except OSError as error:
        say(with_remedy(str(error)))


def publish_health(host: Host) -> None:
    """Puts four metrics (protocol.ts has their names too), and the rest into the parameter `health` if it changed."""
    if not CLOCK_FILE.is_file() or is_synchronised():
        write_or_say(remember_clock)
    observation = observe(host)
    values = {
        "MemoryUsedPercent": observation.pop("memoryUsedPercent"),
        "RootUsedPercent": observation.pop("rootUsedPercent"),
        "DataUsedPercent": observation.pop("dataUsedPercent"),
        "Healthy": int(observation["healthy"]),
    }
    put_metrics(host, values)
    report = health_report(observation)
    if read_json(HEALTH_FILE) != report and put_parameter(host, "health", report):
        write_or_say(lambda: write(HEALTH_FILE, compact(report)))
