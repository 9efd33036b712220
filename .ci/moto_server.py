"""Serves moto's DynamoDB one request at a time.

Its own server answers in threads, and there a conditional update is not atomic: four processes that did nothing but
`SET n = n + 1` on the condition `n < 1500` were admitted 1503 times. DynamoDB promises atomic updates, so the judge must
keep that promise as well.
"""

import sys

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

app = DomainDispatcherApplication(create_backend_app)
run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=False)
