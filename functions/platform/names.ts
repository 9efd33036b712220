/**
 * Names that the functions, the CDK app and the local runtime must agree on, as data and nothing else:
 * which functions exist, which routes and schedules reach them, how tables and secrets are called.
 */

/** Every Lambda function: where its handler lives and what it is for. */
export const functionNames = [
  "proxy",
  "graphql",
  "oauth",
  "refresh",
  "budget",
  "report",
  "console",
  "deliver",
  "admin",
  "watches",
  "hooks",
] as const;
export type FunctionName = (typeof functionNames)[number];

export const functionDefinitions = {
  proxy: {
    entry: "functions/proxy/handler.ts",
    description: "Signs and forwards calls to Upwork within the shared budget",
    timeoutSeconds: 29,
    memoryMb: 512,
  },
  graphql: {
    entry: "functions/proxy/graphql-handler.ts",
    description: "Forwards GraphQL calls to Upwork within the shared budget",
    timeoutSeconds: 29,
    memoryMb: 512,
  },
  oauth: {
    entry: "functions/oauth/handler.ts",
    description: "Connects Upwork accounts: start and callback",
    timeoutSeconds: 29,
    memoryMb: 256,
  },
  refresh: {
    entry: "functions/oauth/refresh-handler.ts",
    description: "Refreshes OAuth 2.0 tokens before they end, also those of connections nobody uses",
    timeoutSeconds: 30,
    memoryMb: 256,
  },
  budget: {
    entry: "functions/budget/handler.ts",
    description: "Answers how much of the shared budget is left",
    timeoutSeconds: 10,
    memoryMb: 256,
  },
  report: {
    entry: "functions/budget/report-handler.ts",
    description: "Reports the budget every hour: metrics and threshold events",
    timeoutSeconds: 30,
    memoryMb: 256,
  },
  console: {
    entry: "functions/console/handler.ts",
    description: "The web page: connections, budget, watches, dead deliveries",
    timeoutSeconds: 10,
    memoryMb: 256,
  },
  watches: {
    entry: "functions/watches/handler.ts",
    description: "Runs the watches that are due, every minute",
    timeoutSeconds: 120,
    memoryMb: 512,
  },
  hooks: {
    entry: "functions/watches/hooks-handler.ts",
    description: "Takes messages that set off a stored call, or a run of a watch",
    timeoutSeconds: 29,
    memoryMb: 512,
  },
  deliver: {
    entry: "functions/webhooks/deliver-handler.ts",
    description: "Delivers events to webhooks: what is due, every minute",
    // It may work until its next run begins, and what it has begun by then must be able to end.
    timeoutSeconds: 90,
    memoryMb: 256,
  },
  admin: {
    entry: "functions/admin/handler.ts",
    description: "The admin API and its description",
    timeoutSeconds: 20,
    memoryMb: 512,
  },
} as const satisfies Record<FunctionName, FunctionDefinition>;

export type FunctionDefinition = {
  /** Path of the handler module from the root of the repository; it exports `handler`. */
  entry: string;
  description: string;
  timeoutSeconds: number;
  memoryMb: number;
};

/** Routes of the HTTP API, in API Gateway's own syntax (`ANY`, `{path+}`). */
export const routes = [
  { method: "ANY", path: "/api/{path+}", functionName: "proxy" },
  { method: "GET", path: "/gds/{path+}", functionName: "proxy" },
  { method: "POST", path: "/graphql", functionName: "graphql" },
  { method: "POST", path: "/hooks/{hook}", functionName: "hooks" },
  { method: "GET", path: "/hooks/results/{result}", functionName: "hooks" },
  { method: "GET", path: "/budget", functionName: "budget" },
  { method: "GET", path: "/oauth/start", functionName: "oauth", throttle: { rate: 5, burst: 10 } },
  { method: "GET", path: "/oauth/callback", functionName: "oauth", throttle: { rate: 5, burst: 10 } },
  { method: "GET", path: "/admin", functionName: "admin" },
  { method: "ANY", path: "/admin/{path+}", functionName: "admin" },
  { method: "GET", path: "/openapi.json", functionName: "admin" },
  { method: "GET", path: "/", functionName: "console" },
  { method: "POST", path: "/login", functionName: "console", throttle: { rate: 5, burst: 10 } },
  { method: "POST", path: "/logout", functionName: "console" },
  { method: "GET", path: "/health", functionName: "console" },
] as const satisfies readonly Route[];

export type Route = {
  method: "ANY" | "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: `/${string}`;
  functionName: FunctionName;
  /** A limit of the route's own, in requests a second, where the stage's is too generous: what a person does by hand. */
  throttle?: { rate: number; burst: number };
};

/** EventBridge schedules; expressions in EventBridge's own syntax. */
export const schedules = [
  { name: "token-refresh", expression: "rate(15 minutes)", functionName: "refresh" },
  { name: "budget-report", expression: "rate(1 hour)", functionName: "report" },
  { name: "run-watches", expression: "rate(1 minute)", functionName: "watches" },
  { name: "deliver-webhooks", expression: "rate(1 minute)", functionName: "deliver" },
] as const satisfies readonly Schedule[];

export type Schedule = { name: string; expression: `rate(${string})` | `cron(${string})`; functionName: FunctionName };

/**
 * The two tables. `Budget` has one item per upstream application (and small ones beside it); `State` holds all
 * else that changes, with one index for work that is due and a TTL that DynamoDB honours late, so code checks it.
 */
export const tables = {
  budget: { partitionKey: "pk" },
  state: {
    partitionKey: "pk",
    sortKey: "sk",
    ttlAttribute: "expiresAt",
    dueIndex: { name: "due", partitionKey: "dueKey", sortKey: "dueAt" },
  },
} as const;

/** Names of secrets below the stage's prefix. `prefix` has no trailing slash, for example `upwork-gateway/prod`. */
export const secretNames = {
  /** JSON `{consumerKey, consumerSecret}`: the OAuth 1.0a application. */
  oauth1Application: (prefix: string) => `${prefix}/application/oauth1`,
  /** JSON `{clientId, clientSecret, grant?}`: the OAuth 2.0 application. */
  oauth2Application: (prefix: string) => `${prefix}/application/oauth2`,
  /** JSON `{current, previous?}`: keys that open the admin's door; two, so that rotation overlaps. */
  adminKey: (prefix: string) => `${prefix}/admin-key`,
  /** One secret for each connected account. */
  connection: (prefix: string, name: string) => `${prefix}/connections/${name}`,
  connectionsPrefix: (prefix: string) => `${prefix}/connections/`,
  /** One secret for each pair of OAuth 1.0a keys that the gateway has issued to a client. */
  oauth1Keys: (prefix: string, consumerKey: string) => `${prefix}/clients/${consumerKey}`,
  clientsPrefix: (prefix: string) => `${prefix}/clients/`,
  /** One secret for each webhook endpoint: what signs its deliveries, and its own headers. */
  webhook: (prefix: string, id: string) => `${prefix}/webhooks/${id}`,
  webhooksPrefix: (prefix: string) => `${prefix}/webhooks/`,
};

/** Environment variables that every function reads; see `config.ts` for their meaning and schema. */
export const environmentNames = [
  "GATEWAY_STAGE",
  "GATEWAY_KEY_KIND",
  "GATEWAY_PUBLIC_URL",
  "GATEWAY_BUDGET_TABLE",
  "GATEWAY_STATE_TABLE",
  "GATEWAY_SECRET_PREFIX",
  "GATEWAY_LIMITS",
  "GATEWAY_UPSTREAM",
  "GATEWAY_GRAPHQL_UPSTREAM",
  "GATEWAY_REFRESH_EARLY_MINUTES",
  "GATEWAY_CALL_LOG_DAYS",
] as const;

/**
 * Metrics that functions write in CloudWatch's embedded format and that alarms and the dashboard read. All of them have
 * the dimensions `service` and `Stage`; `dimensions` lists what a metric has beside those.
 */
export const metricNamespace = "UpworkGateway";
export const metricService = "upwork-gateway";
export const metricNames = {
  /** How much of one limit's window is used, 0 to 100. */
  budgetUsedPercent: { name: "BudgetUsedPercent", dimensions: ["Limit"] },
  /** Units of one limit's window that are used, and that are left. */
  budgetUsed: { name: "BudgetUsed", dimensions: ["Limit"] },
  budgetLeft: { name: "BudgetLeft", dimensions: ["Limit"] },
  /** One for each call that the budget refused a client, and for each that observe mode spared it. */
  budgetRefused: { name: "BudgetRefused", dimensions: ["Limit", "Client"] },
  budgetSpared: { name: "BudgetSpared", dimensions: ["Limit", "Client"] },
  /** Units that one client took in the UTC day. */
  clientUsed: { name: "ClientUsed", dimensions: ["Client"] },
  /** 1 while the upstream's 429 keeps the gate closed, else 0. */
  gateClosed: { name: "GateClosed", dimensions: [] },
  /** One for each connection whose token could not be refreshed in a run. */
  refreshFailed: { name: "RefreshFailed", dimensions: [] },
  /** One for each webhook delivery that was given up. */
  deliveryDead: { name: "DeliveryDead", dimensions: [] },
} as const satisfies Record<string, { name: string; dimensions: readonly string[] }>;
