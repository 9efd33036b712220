"""requests-oauthlib, an OAuth 1.0a client that has nothing to do with Upwork, against a sandbox.

Reads {url, consumerKey, consumerSecret} from standard input, and writes what it got as JSON.
"""

import json
import sys
from urllib.parse import parse_qs, urlparse

import requests
from requests_oauthlib import OAuth1, OAuth1Session

given = json.load(sys.stdin)
url, key, secret = given["url"], given["consumerKey"], given["consumerSecret"]

session = OAuth1Session(key, client_secret=secret, callback_uri="https://app.example/callback")
session.fetch_request_token(url + "/api/auth/v1/oauth/token/request")
page = session.authorization_url(url + "/services/api/auth")
allowed = requests.post(page, data={"decision": "allow", "user": "ada"}, allow_redirects=False)
session.parse_authorization_response(allowed.headers["location"])
tokens = session.fetch_access_token(url + "/api/auth/v1/oauth/token/access")

posted = {
    "buyer_team__reference": "2000001",
    "title": "Smør & brød ~ 100 %",
    "job_type": "hourly",
    "description": "Spaces, +plus+, =equals=, ünïcode; and 'quotes'",
    "visibility": "public",
    "category2": "Writing",
    "subcategory2": "Copywriting",
    "skills": ["english", "seo-writing"],
}
results = {"verifier": bool(parse_qs(urlparse(allowed.headers["location"]).query)["oauth_verifier"])}
for kind in ["AUTH_HEADER", "QUERY", "BODY"]:
    auth = OAuth1(
        key,
        client_secret=secret,
        resource_owner_key=tokens["oauth_token"],
        resource_owner_secret=tokens["oauth_token_secret"],
        signature_type=kind,
    )
    answer = requests.post(url + "/api/hr/v2/jobs.json", data=posted, auth=auth)
    results[kind] = [answer.status_code, list(answer.json())]
search = session.get(url + "/api/profiles/v2/search/jobs", params={"q": '"smør brød" OR nothing', "paging": "0;2"})
results["found"] = [job["title"] for job in search.json()["jobs"]]
wrong = OAuth1(key, client_secret="wrong", resource_owner_key=tokens["oauth_token"], resource_owner_secret="wrong")
refused = requests.get(url + "/api/auth/v1/info", auth=wrong)
results["refused"] = [refused.status_code, refused.headers["x-upwork-error-message"]]
print(json.dumps(results))
