import { connectThroughConsent } from "./connect-through-consent.ts";
import type { LocalGateway } from "./gateway.ts";

type Step = (text: string, isRight: boolean, detail: string) => void;

const jobs = `{ marketplaceJobPostingsSearch(marketPlaceJobFilter: { skillExpression_eq: "react" }) {
  totalCount edges { node { title skills { name } } } } }`;

type Jobs = {
  data?: {
    marketplaceJobPostingsSearch?: {
      totalCount: number;
      edges: { node: { title: string; skills: { name: string }[] } }[];
    };
  };
};

/** Upwork's API of today: an OAuth 2.0 connection, a GraphQL search that costs once, and an error explained. */
export async function demonstrateGraphql(gateway: LocalGateway, step: Step): Promise<void> {
  const connected = await connectThroughConsent(gateway.url, "today", "allow", { auth: "oauth2" });
  step(
    "OAuth 2.0",
    connected.status === 200 && connected.page.includes("Ada Larsen"),
    `GET /oauth/start?connection=today&auth=oauth2, Allow, /oauth/callback -> ${connected.status}`,
  );

  const ask = (query: string) =>
    fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.clientKey}`,
        "connection-id": "today",
        "content-type": "application/json",
      },
      body: JSON.stringify({ query }),
    });
  const costOf = ({ headers }: Response) => headers.get("gateway-cost");

  const first = await ask(jobs);
  const found = ((await first.json()) as Jobs).data?.marketplaceJobPostingsSearch;
  const [hit] = found?.edges ?? [];
  step(
    "GraphQL search",
    first.status === 200 && costOf(first) === "1" && (hit?.node.skills ?? []).some(({ name }) => name === "react"),
    `POST /graphql -> ${found?.totalCount} jobs that ask for react, "${hit?.node.title}" first, Gateway-Cost: ${costOf(first)}`,
  );

  const again = await ask(`# the same question, written otherwise\n${jobs.replaceAll("\n", " ")}`);
  const cacheStatus = again.headers.get("cache-status") ?? "";
  step(
    "asked again",
    again.status === 200 && costOf(again) === "0" && cacheStatus.includes("hit"),
    `Gateway-Cost: ${costOf(again)}, Cache-Status: ${cacheStatus}`,
  );

  const wrong = await ask("{ user { nickname } }");
  const advice = wrong.headers.get("gateway-advice") ?? "";
  step(
    "GraphQL error",
    wrong.status === 200 && advice !== "",
    `${wrong.status} with errors inside, Gateway-Advice: ${advice}`,
  );
}
