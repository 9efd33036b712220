import { createAuthenticate } from "../clients/authenticate.ts";
import { createDynamo } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { json } from "../platform/http.ts";
import { httpFunction } from "../platform/middleware.ts";
import { viewBudget } from "./budget-view.ts";
import { openLedger } from "./open-ledger.ts";
import { rateLimitHeaders } from "./ratelimit-headers.ts";

const config = readConfig();
const authenticate = createAuthenticate({ dynamo: createDynamo(), name: config.stateTable }, config.keyKind);
const ledger = openLedger(config);

export const handler = httpFunction(async (request) => {
  const client = await authenticate(request.headers, request.sourceIp);
  const snapshot = await ledger.read();
  return json(200, viewBudget(snapshot, client.id), rateLimitHeaders(snapshot.limits));
});
