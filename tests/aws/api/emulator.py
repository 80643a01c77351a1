"""The AWS API of the box: moto, with stand-ins for what moto 5.2.5 lacks or does otherwise than AWS.

    emulator.py PORT

Environment: BOX_STATES=reported leaves an instance pending, stopping or shutting-down until its state is reported to
`PUT /box/instances/ID` (body: the state's name). Otherwise states change at once.

Each stand-in names what it does not do. No permission is checked here.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
import uuid
from typing import Any, Callable
from xml.sax.saxutils import unescape

import boto3
import cbor2
from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response
from moto.iam.access_control import PermissionResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import FakeBucket, s3_backends
from moto.ssm.models import Parameter, ssm_backends
from werkzeug.serving import run_simple
from werkzeug.wrappers import Request, Response

REGION = "us-east-1"
PORT = int(sys.argv[1])
REPORTED = os.environ.get("BOX_STATES") == "reported"
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}

# --- EC2 instances ---------------------------------------------------------------------------------------------------


def set_state(instance: Any, name: str) -> None:
    instance._state.name = name
    instance._state.code = CODES[name]
    if name in ("stopped", "terminated"):
        # As on AWS; moto keeps the address of an instance whose interface was named in the request.
        for nic in instance.nics.values():
            nic.public_ip = None
    if name == "running":
        for nic in instance.nics.values():
            nic.check_auto_public_ip()


def replaced(method: str, waiting: str, final: str) -> None:
    """Lets a change of an instance's state take until it is reported."""
    original: Callable[[Any], Any] = getattr(Instance, method)

    def change(instance: Any) -> Any:
        previous = original(instance)
        if previous.name != final:
            set_state(instance, waiting if REPORTED else final)
        return previous

    setattr(Instance, method, change)


replaced("stop", "stopping", "stopped")
replaced("start", "pending", "running")
replaced("terminate", "shutting-down", "terminated")

original_init = Instance.__init__


def init(instance: Any, *args: Any, **kwargs: Any) -> None:
    original_init(instance, *args, **kwargs)
    # As on AWS, an instance has the groups of its interface; moto has only those that the request itself names.
    instance.security_groups = instance.security_groups or list(instance.nics[0].group_set)
    if REPORTED:
        instance._state.name, instance._state.code = "pending", CODES["pending"]


Instance.__init__ = init  # type: ignore[method-assign]


def chosen(response: Any) -> list[Any]:
    return response.ec2_backend.get_multi_instances_by_id(response._get_param("InstanceIds", []))


def monitoring(state: str) -> Callable[[Any], ActionResult]:
    """MonitorInstances and UnmonitorInstances: keep the state. No metric is collected."""

    def answer(response: Any) -> ActionResult:
        instances = chosen(response)
        for instance in instances:
            instance.monitoring_state = state
        listed = [{"InstanceId": instance.id, "Monitoring": {"State": state}} for instance in instances]
        return ActionResult({"InstanceMonitorings": listed})

    return answer


credits: dict[str, str] = {}
original_run = EC2Response.run_instances


def run_instances(response: Any) -> Any:
    """RunInstances: keeps CreditSpecification, which moto drops. No CPU time is accounted."""
    result = original_run(response)
    wanted = response._get_param("CreditSpecification", {}).get("CpuCredits")
    for instance in result.result.instances:
        if wanted is not None:
            credits[instance.id] = wanted
    return result


def describe_credits(response: Any) -> ActionResult:
    ids = response._get_param("InstanceIds", [])
    listed = [{"InstanceId": it, "CpuCredits": credits.get(it, "standard")} for it in ids]
    return ActionResult({"InstanceCreditSpecifications": listed})


def modify_credits(response: Any) -> ActionResult:
    wanted = response._get_param("InstanceCreditSpecifications", [])
    credits.update({it["InstanceId"]: it["CpuCredits"] for it in wanted})
    done = [{"InstanceId": it["InstanceId"]} for it in wanted]
    return ActionResult(
        {"SuccessfulInstanceCreditSpecifications": done, "UnsuccessfulInstanceCreditSpecifications": []}
    )


def modify_maintenance(response: Any) -> ActionResult:
    """ModifyInstanceMaintenanceOptions: accepted, not kept."""
    return ActionResult({"InstanceId": response._get_param("InstanceId"), "AutoRecovery": "default"})


EC2Response.monitor_instances = monitoring("enabled")  # type: ignore[attr-defined]
EC2Response.unmonitor_instances = monitoring("disabled")  # type: ignore[attr-defined]
EC2Response.run_instances = run_instances  # type: ignore[method-assign]
EC2Response.describe_instance_credit_specifications = describe_credits  # type: ignore[method-assign]
EC2Response.modify_instance_credit_specification = modify_credits  # type: ignore[attr-defined]
EC2Response.modify_instance_maintenance_options = modify_maintenance  # type: ignore[attr-defined]


def report(instance_id: str, state: str) -> Response:
    """What the launcher calls when a machine has reached a state."""
    if state not in CODES:
        return Response(f"state = {state}: must be one of {', '.join(CODES)}\n", 400)
    for instance in ec2_backends[ACCOUNT][REGION].all_instances():
        if instance.id == instance_id:
            set_state(instance, state)
            return Response(status=204)
    return Response(f"no instance {instance_id}\n", 404)


# --- Buckets ---------------------------------------------------------------------------------------------------------

# moto reads a bucket's policy without its conditions, and so denies everything that a policy denies without TLS.
FakeBucket.get_permission = lambda _bucket, _action, _resource: PermissionResult.NEUTRAL  # type: ignore[method-assign]


def tagged_bucket(environ: dict[str, Any], start_response: Any) -> Any:
    """CreateBucket with tags, which moto drops."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    answer = moto(environ, start_response)
    tags = dict(re.findall(rb"<Key>([^<]*)</Key>\s*<Value>([^<]*)</Value>", body))
    if tags:
        texts = {unescape(key.decode()): unescape(value.decode()) for key, value in tags.items()}
        s3_backends[ACCOUNT]["aws"].put_bucket_tagging(environ["PATH_INFO"].strip("/"), texts)
    return answer


# --- Parameters ------------------------------------------------------------------------------------------------------


def add_debian_image() -> None:
    """Debian's public parameter, with the id of an image that moto knows. What boots is the launcher's own image."""
    backend = ssm_backends[ACCOUNT][REGION]
    name = "/aws/service/debian/release/13/latest/amd64"
    known = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64"
    image = backend.get_parameter(known).value  # type: ignore[union-attr]
    backend._parameters[name].append(
        Parameter(
            account_id=ACCOUNT,
            name=name,
            value=image,
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=time.time(),  # type: ignore[arg-type]
            version=1,
            data_type="text",
        )
    )


# --- Data Lifecycle Manager: keeps policies, makes no snapshot -------------------------------------------------------

policies: dict[str, dict[str, Any]] = {}


def dlm(request: Request) -> Response:
    path = request.path.strip("/").split("/", 1)
    body = json.loads(request.get_data() or b"{}")
    if path[0] == "tags":
        policy = next((it for it in policies.values() if it["PolicyArn"] == path[1]), None)
        if policy is None:
            return dlm_error(path[1])
        tags = policy["Tags"]
        if request.method == "POST":
            tags.update(body["Tags"])
        if request.method == "DELETE":
            for key in request.args.getlist("tagKeys"):
                tags.pop(key, None)
        return as_json({"Tags": tags} if request.method == "GET" else {})
    if request.method == "POST":
        new = f"policy-{uuid.uuid4().hex[:17]}"
        arn = f"arn:aws:dlm:{REGION}:{ACCOUNT}:policy/{new}"
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        given = {"Tags": {}, **body}
        policies[new] = {"PolicyId": new, "PolicyArn": arn, "DateCreated": made, "DateModified": made, **given}
        return as_json({"PolicyId": new})
    found = policies.get(path[1].rstrip("/") if len(path) > 1 else "")
    if found is None:
        return dlm_error(request.path)
    if request.method == "DELETE":
        del policies[found["PolicyId"]]
    if request.method == "PATCH":
        found.update(body)
    return as_json({"Policy": found} if request.method == "GET" else {})


def as_json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")


def dlm_error(what: str) -> Response:
    answer = as_json({"Code": "ResourceNotFoundException", "Message": f"{what} does not exist"}, 404)
    answer.headers["x-amzn-ErrorType"] = "ResourceNotFoundException"
    return answer


# --- CloudWatch's newer wire format (smithy-rpc-v2-cbor): moto knows only the older one ------------------------------

CBOR = re.compile(r"^/service/GraniteServiceVersion20100801/operation/(\w+)$")


def cloudwatch(operation: str, request: Request) -> Response:
    body = request.get_data()
    client = boto3.client(
        "cloudwatch",
        endpoint_url=f"http://127.0.0.1:{PORT}",
        region_name=REGION,
        aws_access_key_id="box",
        aws_secret_access_key="box",
    )
    status = 200
    headers = {"smithy-protocol": "rpc-v2-cbor"}
    try:
        answer = client._make_api_call(operation, cbor2.loads(body) if body else {})
        answer.pop("ResponseMetadata", None)
    except ClientError as error:
        status = 400
        # The newer format has the name of the error's shape, the older one its code.
        code = {"ResourceNotFound": "ResourceNotFoundException"}.get(error.response["Error"]["Code"])
        answer = {"__type": code or error.response["Error"]["Code"], "message": str(error)}
    content = cbor2.dumps(answer, datetime_as_timestamp=True)
    return Response(content, status, headers, content_type="application/cbor")


# --- The server ------------------------------------------------------------------------------------------------------

moto = DomainDispatcherApplication(create_backend_app)


def app(environ: dict[str, Any], start_response: Any) -> Any:
    path = environ["PATH_INFO"]
    request = Request(environ)
    if path.startswith("/box/instances/") and request.method == "PUT":
        return report(path.rsplit("/", 1)[1], request.get_data(as_text=True).strip())(environ, start_response)
    if "/dlm/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
        return dlm(request)(environ, start_response)
    operation = CBOR.match(path)
    if operation is not None:
        return cloudwatch(operation.group(1), request)(environ, start_response)
    is_s3 = "/s3/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")
    if is_s3 and request.method == "PUT" and not environ.get("QUERY_STRING") and path.strip("/").count("/") == 0:
        return tagged_bucket(environ, start_response)
    return moto(environ, start_response)


if __name__ == "__main__":
    add_debian_image()
    run_simple("127.0.0.1", PORT, app, threaded=True, request_handler=MotoRequestHandler)
