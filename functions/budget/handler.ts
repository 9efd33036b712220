import { createAuthenticate } from "../clients/authenticate.ts";
import { createDynamo } from "../platform/aws.ts";
import { readConfig } from "../platform/config.ts";
import { json } from "../platform/http.ts";
import { httpFunction } from "../platform/middleware.ts";
import { viewBudgetFor } from "./budget-view.ts";
import { openLedger } from "./open-ledger.ts";
import { rateLimitHeaders } from "./ratelimit-headers.ts";

const config = readConfig();
const authenticate = createAuthenticate({ dynamo: createDynamo(), name: config.stateTable }, config.keyKind);
const ledger = openLedger(config);

export const handler = httpFunction(async (request) => {
  const client = await authenticate(request.headers, request.sourceIp);
  const { shares, ...shared } = await ledger.readShares([client]);
  const [share] = shares;
  if (share === undefined) throw new Error("The ledger describes every client it is asked for.");
  const snapshot = { ...shared, limits: share.limits };
  return json(200, viewBudgetFor(snapshot, client.id, share), rateLimitHeaders(snapshot.limits));
});
