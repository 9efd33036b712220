"""Upwork's own Python client (PyPI: python-upwork) against a sandbox, as it is but for the address.

Reads {url, consumerKey, consumerSecret, user, calls} from standard input, connects, makes every call, and writes one line
of JSON for each: the members of the answer, or the exception.
"""

import importlib
import json
import re
import sys
from urllib.parse import parse_qs, urlparse

import requests
import upwork
from upwork import upwork as addresses

given = json.load(sys.stdin)
addresses.BASE_HOST = given["url"]

config = upwork.Config({"consumer_key": given["consumerKey"], "consumer_secret": given["consumerSecret"]})
client = upwork.Client(config)
page = client.get_authorization_url("https://app.example/callback")
allowed = requests.post(page, data={"decision": "allow", "user": given["user"]}, allow_redirects=False)
verifier = parse_qs(urlparse(allowed.headers["location"]).query)["oauth_verifier"][0]
client.get_access_token(verifier)

# Where the Python client names a thing otherwise than the Node client.
modules = {"snapshot": "snapshots"}
methods = {
    "workdiary.get": "get_workdiary",
    "activities/team.updateActivity": "update_activities",
    "activities/team.archiveActivity": "archive_activities",
    "activities/team.unarchiveActivity": "unarchive_activities",
}


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


for call in given["calls"]:
    router, method = call["router"], call["method"]
    module = importlib.import_module("upwork.routers." + modules.get(router, router).replace("/", "."))
    name = methods.get(router + "." + method, snake(method))
    # A router of reports moves the client to /gds, and no other moves it back.
    client.epoint = addresses.DEFAULT_EPOINT
    api = (getattr(module, "Api", None) or module.Gds)(client)
    values = call["values"] if name != "get_skills_v2" else [{}]
    try:
        answer = getattr(api, name)(*values)
        # Two methods for jobs forget to return what they got.
        print(json.dumps({"call": router + "." + method, "members": None if answer is None else list(answer)}))
    except Exception as error:  # noqa: BLE001 (whatever it is, the test wants to know)
        print(json.dumps({"call": router + "." + method, "exception": f"{type(error).__name__}: {error}"}))
