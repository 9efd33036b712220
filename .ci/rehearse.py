"""Deploys the synthesised template into moto, as CloudFormation would, and writes down what it made.

    rehearse.py PORT CDK_OUT ENVIRONMENT_FILE

moto does not know every type of resource; those are left out and named, and what refers to one gets its logical name.
"""

import collections
import glob
import io
import json
import os
import sys
import zipfile

import boto3

port, folder, environment_file = sys.argv[1:]
account, region = "123456789012", "eu-west-1"
endpoint = f"http://127.0.0.1:{port}"
os.environ.update(AWS_ACCESS_KEY_ID="rehearsal", AWS_SECRET_ACCESS_KEY="rehearsal")


def client(service):
    return boto3.client(service, endpoint_url=endpoint, region_name=region)


def supported_types():
    from moto.cloudformation import parsing
    from moto.core.common_models import CloudFormationModel
    from moto.logs import models as logs  # noqa: F401  It registers itself.
    from moto.secretsmanager import models as secrets  # noqa: F401

    assert parsing
    known = {model.cloudformation_type() for model in CloudFormationModel.__subclasses__()}
    # Permissions are for aliases, and moto's CloudFormation makes no alias.
    return known - {"AWS::Lambda::Permission"}


def without(dropped, value):
    """The same template without what refers to dropped resources."""
    if isinstance(value, list):
        return [without(dropped, item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in dropped:  # For an alias, the one that is looked at, this is an ARN.
        return f"arn:aws:lambda:{region}:{account}:function:{value['Ref']}:live"
    if "Fn::GetAtt" in value and value["Fn::GetAtt"][0] in dropped:
        name, attribute = value["Fn::GetAtt"]
        return "https://rehearsal.example" if attribute == "ApiEndpoint" else f"{name}.{attribute}"
    result = {key: without(dropped, item) for key, item in value.items()}
    if "DependsOn" in result:
        result["DependsOn"] = [name for name in result["DependsOn"] if name not in dropped]
    return result


def upload_assets(bucket):
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    for asset in glob.glob(f"{folder}/asset.*"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in os.listdir(asset):
                archive.write(f"{asset}/{name}", name)
        key = os.path.basename(asset).removeprefix("asset.") + ".zip"
        s3.put_object(Bucket=bucket, Key=key, Body=packed.getvalue())
    return s3


def main():
    [template_file] = glob.glob(f"{folder}/upwork-gateway-*.template.json")
    stack = os.path.basename(template_file).removesuffix(".template.json")
    with open(template_file, encoding="utf-8") as file:
        template = json.load(file)
    all_resources = template["Resources"]
    known = supported_types()
    dropped = {name for name, resource in all_resources.items() if resource["Type"] not in known}
    left_out = collections.Counter(all_resources[name]["Type"] for name in dropped)
    kept = {name: resource for name, resource in all_resources.items() if name not in dropped}
    template["Resources"] = kept
    template = without(dropped, template)

    bucket = f"cdk-hnb659fds-assets-{account}-{region}"
    s3 = upload_assets(bucket)
    client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    s3.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template))
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=f"https://{bucket}.s3.{region}.amazonaws.com/template.json",
        Capabilities=["CAPABILITY_IAM"],
    )
    [created] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    if created["StackStatus"] != "CREATE_COMPLETE":
        sys.exit(f"The stack ended as {created['StackStatus']}: {created.get('StackStatusReason')}")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    made = {summary["LogicalResourceId"] for page in pages for summary in page["StackResourceSummaries"]}
    missing = set(kept) - made
    if missing:
        sys.exit(f"CloudFormation did not make: {', '.join(sorted(missing))}")

    # moto's CloudFormation makes no secrets either, so they are made here as the template says.
    for name, resource in all_resources.items():
        if resource["Type"] == "AWS::SecretsManager::Secret":
            properties = resource["Properties"]
            client("secretsmanager").create_secret(Name=properties["Name"], Description=properties["Description"])

    def physical(name):
        detail = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
        return detail["StackResourceDetail"]["PhysicalResourceId"]

    functions = {}
    for name, resource in kept.items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        configuration = client("lambda").get_function_configuration(FunctionName=physical(name))
        functions[name] = configuration["Environment"]["Variables"]
    with open(environment_file, "w", encoding="utf-8") as file:
        outputs = {output["OutputKey"]: output["OutputValue"] for output in created["Outputs"]}
        made_things = {"url": endpoint, "functions": functions}
        made_things |= {"budgetTable": outputs["BudgetTable"], "stateTable": outputs["StateTable"]}
        json.dump(made_things, file)
    print(f"{len(made)} of {len(made) + len(dropped)} resources made as {stack}.")
    for kind, count in sorted(left_out.items()):
        print(f"  left out, unknown to moto: {count} x {kind}")


main()
