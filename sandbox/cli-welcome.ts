import type { Sandbox } from "./sandbox.ts";

/**
 * What a person sees when the sandbox is up: its keys, its pages, and how each of Upwork's own clients is pointed at it.
 * The names are those in the clients' sources; Go's and Java's addresses are compiled in.
 */
export function welcome({ url, application, oauth2Application, limits }: Sandbox): string {
  const { quotas } = limits.settings();
  const limited = Object.entries(quotas).map(([name, quota]) => `${quota.toLocaleString("en-US")} a ${name}`);
  return `Sandbox Upwork on ${url}
  control page   ${url}/_sandbox
  OAuth 1.0a     consumer key ${application.consumerKey}, consumer secret ${application.consumerSecret}
  OAuth 2.0      client id ${oauth2Application.clientId}, client secret ${oauth2Application.clientSecret}
  GraphQL        ${url}/graphql
  limits         ${limited.length === 0 ? "none" : limited.join(", ")}

Point Upwork's own clients at it (docs/sandbox.md has whole examples):
  Node, OAuth 1.0a    UPWORKAPI=${url} node your-program.js
  Node, OAuth 2.0     new Client(Object.assign(new Config(options), { tokenHost: "${url}", gqlUrl: "${url}/graphql" }))
  Python, 1.0a        from upwork import upwork; upwork.BASE_HOST = "${url}"
  Python, OAuth 2.0   the same, and upwork.GQL_EPOINT = "${url}/graphql", with OAUTHLIB_INSECURE_TRANSPORT=1
  PHP                 define("UPWORK_BASE_URL", "${url}"); before its autoloader, and UPWORK_BASE_URL_GRAPHQL with /graphql
  Ruby                Upwork::Api::BASE_HOST = "${url}"; Upwork::Api::GQL_EPOINT = "${url}/graphql"
  Go, Java            replace https://www.upwork.com/ in api/client.go or OAuthClient.java
Ctrl-C stops it.`;
}

/** The same for a program: one line. */
export function welcomeJson({ url, application, oauth2Application }: Sandbox): string {
  const { consumerKey, consumerSecret } = application;
  const { clientId, clientSecret } = oauth2Application;
  return JSON.stringify({ url, control: `${url}/_sandbox`, consumerKey, consumerSecret, clientId, clientSecret });
}
