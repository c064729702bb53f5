"""The deployment of template.yaml to the emulator, and the routes that it leaves out."""

import contextlib
import io
import json
import re
import subprocess
import tomllib
import zipfile

import boto3
import yaml

import carriers
from build import fingerprints
from progress import run, step
from settings import (API_URL, ARCHITECTURE, BUCKET, DEPLOYED, EMULATOR_URL, FAKE_AWS, LAMBDA_DIR,
                      LOCAL, OPENAPI, REGION, ROOT, STACK, TEMPLATE, environment)
from tools import tool

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def client(service):
    """A client that can reach nothing but the emulator."""
    return boto3.client(service, endpoint_url=EMULATOR_URL, region_name=REGION,
                        aws_access_key_id="test", aws_secret_access_key="test")


def resource(service):
    """The same, as objects."""
    return boto3.resource(service, endpoint_url=EMULATOR_URL, region_name=REGION,
                          aws_access_key_id="test", aws_secret_access_key="test")


def deploy():
    """Bring the emulator to what the template and the binaries are now."""
    wanted = fingerprints()
    wanted[""] += " ".join(carriers.parameters())
    known = json.loads(DEPLOYED.read_text()) if DEPLOYED.exists() else {"swapped": []}
    swapped = set(known["swapped"])
    if known.get("") != wanted[""]:
        _deploy_everything()
    else:
        swapped = {name for name in wanted if known.get(name) != wanted[name]}
    if swapped:
        # What was swapped once is unknown to CloudFormation, so it is swapped ever after.
        with step(f"Replace the code of {', '.join(sorted(swapped))}"):
            _swap(swapped)
    DEPLOYED.write_text(json.dumps(wanted | {"swapped": sorted(swapped | set(known["swapped"]))}))


def _swap(packages):
    """Give the functions of these packages their new code, which is faster than sam."""
    names = resources()
    uses = re.findall(r"^  (\w+Function):$.*?CodeUri: \.build/lambda/([a-z-]+)/",
                      TEMPLATE.read_text(), re.MULTILINE | re.DOTALL)
    for function, package in uses:
        if package in packages:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as content:
                content.write(LAMBDA_DIR / package / "bootstrap", "bootstrap")
            client("lambda").update_function_code(FunctionName=names[function],
                                                  ZipFile=archive.getvalue())


def _deploy_everything():
    with step("Deploy template.yaml with sam"):
        with contextlib.suppress(client("s3").exceptions.BucketAlreadyOwnedByYou):
            client("s3").create_bucket(Bucket=BUCKET,
                                       CreateBucketConfiguration={"LocationConstraint": REGION})
        command = [tool("build", "sam"), "deploy", "--config-env", "local", "--template", TEMPLATE,
                   "--parameter-overrides", *parameters()]
        run(command, "sam deploy", log=LOCAL / "deploy.log", cwd=ROOT, env=environment(**FAKE_AWS))
    with step("Register the routes of infra/openapi.yaml"):
        register_routes(resources())


def parameters():
    """What samconfig.toml says for `local`, and what only this machine knows."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    version = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                             capture_output=True, check=False).stdout.strip()
    return config["local"]["deploy"]["parameters"]["parameter_overrides"] + [
        f"EndpointUrl={EMULATOR_URL}", f"Architecture={ARCHITECTURE}", f"Version={version or 'dev'}",
        *carriers.parameters()]


def resources():
    """Physical ids of the stack's resources by their names in the template."""
    pages = client("cloudformation").get_paginator("list_stack_resources")
    return {found["LogicalResourceId"]: found["PhysicalResourceId"]
            for page in pages.paginate(StackName=STACK) for found in page["StackResourceSummaries"]}


def routes():
    """Method, path and function of each operation of the document."""
    document = yaml.safe_load(OPENAPI.read_text())
    integrations = document["components"]["x-amazon-apigateway-integrations"]
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                name = item[method]["x-amazon-apigateway-integration"]["$ref"].rsplit("/", 1)[1]
                function = re.search(r"\$\{(\w+)\.Arn\}", integrations[name]["uri"]["Fn::Sub"])[1]
                yield method.upper(), path, function


def register_routes(names):
    """Make the emulator's API answer the routes that AWS reads from the document."""
    gateway, api = client("apigatewayv2"), names["Api"]
    known = {route["RouteKey"]: route for route in _all(gateway.get_routes, api)}
    integrations, table = {}, []
    for method, path, function in routes():
        if function not in integrations:
            integrations[function] = _integration(gateway, api, names[function])
        key, target = f"{method} {path}", f"integrations/{integrations[function]}"
        if key in known:
            gateway.update_route(ApiId=api, RouteId=known.pop(key)["RouteId"], Target=target)
        else:
            gateway.create_route(ApiId=api, RouteKey=key, Target=target)
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        table.append({"method": method, "path": path, "pattern": pattern, "function": names[function]})
    for route in known.values():
        gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
    (LOCAL / "routes.json").write_text(json.dumps({"api_id": api, "routes": table}))


def _integration(gateway, api, function):
    """The id of the integration of a function."""
    uri = f"arn:aws:lambda:{REGION}:000000000000:function:{function}"
    for found in _all(gateway.get_integrations, api):
        if found.get("IntegrationUri") == uri:
            return found["IntegrationId"]
    made = gateway.create_integration(ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=uri,
                                      PayloadFormatVersion="2.0")
    return made["IntegrationId"]


def _all(call, api):
    return call(ApiId=api, MaxResults="500")["Items"]


def describe():
    """What tests and people need to know of the deployed stack."""
    names = resources()
    queues = {key: value for key, value in names.items() if value.startswith(EMULATOR_URL)}
    return {
        "api_url": API_URL, "emulator_url": EMULATOR_URL, "region": REGION,
        "state_table": names["StateTable"], "evidence_table": names["EvidenceTable"],
        "topic_arn": names["EventsTopic"], "key_id": names["Key"], "api_id": names["Api"],
        "bucket": names["Bucket"],
        "functions": {key.removesuffix("Function"): value for key, value in names.items()
                      if key.endswith("Function")},
        "log_groups": {key.removesuffix("Logs"): value for key, value in names.items()
                       if key.endswith("Logs")},
        "queues": queues,
    }
