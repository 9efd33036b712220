"""Upwork's own Python client for OAuth 2.0 (PyPI: python-upwork-oauth2) against a sandbox, as it is but for the address.

Reads {url, clientId, clientSecret, redirectUri, user} from standard input, and writes what it got as JSON.
"""

import json
import os
import sys

import requests

# The sandbox is on this machine and speaks plain HTTP.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

import upwork  # noqa: E402
from upwork import upwork as addresses  # noqa: E402
from upwork.routers import graphql  # noqa: E402

given = json.load(sys.stdin)
addresses.BASE_HOST = given["url"]
addresses.GQL_EPOINT = given["url"] + "/graphql"

config = upwork.Config(
    {"client_id": given["clientId"], "client_secret": given["clientSecret"], "redirect_uri": given["redirectUri"]}
)
client = upwork.Client(config)
page, _state = client.get_authorization_url()
allowed = requests.post(page, data={"decision": "allow", "user": given["user"]}, allow_redirects=False)
token = client.get_access_token(allowed.headers["location"].replace("http://", "https://"))
answer = graphql.Api(client).execute({"query": "query { user { id nid rid } organization { id name } }"})
print(json.dumps({"token": sorted(token), "type": token["token_type"], "answer": answer}))
