"""The real thing: preflight, deploy, operator-key and rollback of a stage in AWS."""

import json
import subprocess
import time
import tomllib

import boto3

from build import build
from progress import Failed, run, say, step
from settings import REGION, ROOT
from tools import tool

PACKAGED = ROOT / ".build" / "packaged.yaml"
RELEASES = "releases/"


def settings_of(stage):
    """What samconfig.toml says of a stage."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    if stage in ("", "local") or stage not in config:
        known = " or ".join(f"STAGE={name}" for name in config if name not in ("version", "local"))
        raise Failed(f"Name a stage of samconfig.toml: {known}")
    return config[stage]["deploy"]["parameters"]


def deploy(stage):
    """Build for arm64, package, deploy, and keep what was deployed for a rollback."""
    settings = settings_of(stage)
    build(release=True)
    version = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                             capture_output=True, check=False).stdout.strip() or "dev"
    with step("Package"):
        run([tool("build", "sam"), "package", "--region", REGION, "--resolve-s3", "--s3-prefix",
             settings["s3_prefix"], "--template-file", ROOT / "template.yaml",
             "--output-template-file", PACKAGED], "sam package", cwd=ROOT)
    _deploy_packaged(stage, settings, version)
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{version}"
    _releases(settings).upload_file(str(PACKAGED), f"{settings['s3_prefix']}/{RELEASES}{name}")
    say(f"Deployed {version}; `make rollback STAGE={stage}` goes back")


def rollback(stage):
    """Deploy the release before the present one, and forget the present one."""
    settings = settings_of(stage)
    bucket = _releases(settings)
    found = sorted(bucket.objects.filter(Prefix=f"{settings['s3_prefix']}/{RELEASES}"),
                   key=lambda release: release.key)
    if len(found) < 2:
        raise Failed("There is no earlier release to go back to")
    before, present = found[-2:]
    PACKAGED.parent.mkdir(exist_ok=True)
    bucket.download_file(before.key, str(PACKAGED))
    _deploy_packaged(stage, settings, before.key.rsplit("/", 1)[1].split("-", 1)[1])
    present.delete()
    say("Data and tables stayed as they are; only code and configuration went back")


def operator_key(stage):
    """Make the first operator key and say where it is."""
    names = _client("cloudformation").describe_stacks(StackName=settings_of(stage)["stack_name"])
    outputs = {found["OutputKey"]: found["OutputValue"] for found in names["Stacks"][0]["Outputs"]}
    answer = _client("lambda").invoke(FunctionName=outputs["OperatorKeyFunction"], Payload=b"{}")
    payload = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise Failed(f"The function failed: {payload}")
    secret = json.loads(payload)["secret_id"]
    say("The key is in Secrets Manager; read it with\n"
        f"  aws secretsmanager get-secret-value --region {REGION} --secret-id {secret}")


def _deploy_packaged(stage, settings, version):
    overrides = [*settings["parameter_overrides"], f"Version={version}"]
    with step(f"Deploy to {stage}"):
        run([tool("build", "sam"), "deploy", "--config-file", ROOT / "samconfig.toml", "--config-env",
             stage, "--template-file", PACKAGED, "--parameter-overrides", *overrides],
            "sam deploy", cwd=ROOT)


def _releases(settings):
    """The bucket that sam made for artifacts in this account."""
    stack = boto3.resource("cloudformation", region_name=REGION).Stack("aws-sam-cli-managed-default")
    name = next(out["OutputValue"] for out in stack.outputs if out["OutputKey"] == "SourceBucket")
    if not settings.get("s3_prefix"):
        raise Failed("samconfig.toml must name an s3_prefix for the stage")
    return boto3.resource("s3", region_name=REGION).Bucket(name)


def _client(service):
    return boto3.client(service, region_name=REGION)
