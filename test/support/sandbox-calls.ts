import type { KeyPair, Pair } from "../../functions/oauth/signing.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { signed } from "./sandbox-client.ts";

/** An access token of one of the sandbox's people, without the way over the consent page. */
export function tokenFor(sandbox: Sandbox, user: string): KeyPair {
  const { tokens, application, clock } = sandbox;
  const { token } = tokens.issueRequestToken(application.consumerKey, undefined, clock.now());
  tokens.authorise(token, user);
  const issued = tokens.exchange(token);
  if (issued === undefined) throw new Error(`${user} could not allow access`);
  return { key: issued.token, secret: issued.secret };
}

export type Answered = {
  status: number;
  headers: Headers;
  /** The parsed answer; tests know what to look for in it. */
  body: Record<string, unknown>;
};

/**
 * Makes calls as one of the sandbox's people: `as("ada")("POST /api/hr/v2/jobs", { title: "..." })`. Parameters go into the
 * query of a GET and into the form of everything else.
 */
export function callsTo(sandbox: () => Sandbox) {
  const known = new Map<string, KeyPair>();
  return (user: string) =>
    async (call: string, parameters: Record<string, string> = {}): Promise<Answered> => {
      const token = known.get(user) ?? tokenFor(sandbox(), user);
      known.set(user, token);
      const [method = "GET", path = "/"] = call.split(" ");
      const pairs: Pair[] = Object.entries(parameters);
      const timestamp = Math.floor(sandbox().clock.now() / 1000);
      const options = method === "GET" ? { query: pairs } : { form: pairs };
      // An empty form is still a form: a POST without a body has no length to speak of.
      const answer = await signed(sandbox(), path, { method, token, timestamp, ...options });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === "" ? {} : JSON.parse(text) };
    };
}
