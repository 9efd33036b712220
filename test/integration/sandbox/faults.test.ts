import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { KeyPair } from "../../../functions/oauth/signing.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { accessToken, signed } from "../../support/sandbox-client.ts";
import { connectOAuth2 } from "../../support/sandbox-oauth2.ts";

let sandbox: Sandbox;
let token: KeyPair;
beforeAll(async () => {
  sandbox = await startSandbox();
  token = await accessToken(sandbox);
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

const info = "/api/auth/v1/info";
const call = () => signed(sandbox, info, { token });
/** What a raw socket sees of one call that carries a fault header, until the other side ends or resets. */
async function raw(fault: string): Promise<{ text: string; end: string }> {
  const socket = connect(sandbox.port, "127.0.0.1");
  let text = "";
  let end = "ended";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    end = error.code ?? "error";
  });
  socket.write(`GET ${info} HTTP/1.1\r\nhost: localhost\r\nx-sandbox-fault: ${fault}\r\n\r\n`);
  await new Promise((resolve) => socket.once("close", resolve));
  return { text, end };
}

test("a header lets one call go wrong, and no other", async () => {
  const answer = await fetch(sandbox.url + info, { headers: { "x-sandbox-fault": "error-500" } });
  expect([answer.status, answer.headers.get("x-upwork-error-message")]).toEqual([500, "Internal server error"]);
  expect((await call()).status).toBe(200);
});

test("a header that asks for what there is not is told what there is", async () => {
  const answer = await fetch(sandbox.url + info, { headers: { "x-sandbox-fault": "slow" } });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { sandbox: expect.stringContaining('There is no fault "slow". There are latency=MS') },
  ]);
});

test("a rule lets the calls it matches go wrong as often as it says", async () => {
  sandbox.faults.add({ fault: "unavailable", path: "/api/auth/*/info", times: 2 });
  const answers = [await call(), await call(), await call()];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers.map(({ headers }) => headers.get("content-type"))).toEqual([
    "text/plain",
    "text/plain",
    "application/json",
  ]);
  expect(await answers[0]?.text()).toBe("Service temporarily unavailable");
  expect(sandbox.log.records().at(-3)).toMatchObject({ verdict: "fault: unavailable", status: 200 });
});

test("Cloudflare answers with its page, not JSON", async () => {
  sandbox.faults.add({ fault: "cloudflare" });
  const answer = await call();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([403, "text/html; charset=UTF-8"]);
  expect(await answer.text()).toContain("Just a moment...");
});

test("wrong JSON is a whole answer that does not parse", async () => {
  sandbox.faults.add({ fault: "wrong-json" });
  const answer = await call();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  const text = await answer.text();
  expect(() => JSON.parse(text)).toThrow();
  expect(() => JSON.parse(`${text}}`)).not.toThrow();
});

test("a token seems revoked, and a permission removed, in the words of each protocol", async () => {
  const { access_token } = await connectOAuth2(sandbox);
  const bearer = (path: string) =>
    fetch(sandbox.url + path, {
      headers: { authorization: `Bearer ${access_token}`, "x-sandbox-fault": "token-revoked" },
    });
  sandbox.faults.add({ fault: "token-revoked", times: 1 });
  const legacy = await call();
  expect([legacy.status, legacy.headers.get("x-upwork-error-message")]).toEqual([
    401,
    expect.stringContaining("token combination does not exist or is not enabled"),
  ]);
  expect((await bearer(info)).headers.get("x-upwork-error-message")).toBe("Authentication failed");
  expect(await (await bearer("/graphql")).json()).toEqual({ message: "Authentication failed" });
  sandbox.faults.add({ fault: "permission-removed", times: 1 });
  const denied = await call();
  expect([denied.status, denied.headers.get("x-upwork-error-message")]).toEqual([
    403,
    "This APP has no access to requested resource",
  ]);
  expect((await call()).status).toBe(200);
});

test("a clock that is off refuses what was signed in time, for that call alone", async () => {
  sandbox.faults.add({ fault: "clock", value: -700, times: 1 });
  expect((await call()).headers.get("x-upwork-error-message")).toMatch(/^Timestamp is out of sequence/);
  expect((await call()).status).toBe(200);
});

test("a write whose answer was lost has happened", async () => {
  const jobs = () => sandbox.world.jobs.rows.length;
  const before = jobs();
  const form = Object.entries({
    buyer_team__reference: "2000001",
    title: "Lost answer",
    job_type: "hourly",
    description: "x",
    visibility: "public",
    category2: "Writing",
    subcategory2: "Copywriting",
  });
  const post = () => signed(sandbox, "/api/hr/v2/jobs", { method: "POST", form, token });
  sandbox.faults.add({ fault: "reset-before", times: 1 });
  await expect(post()).rejects.toThrow("fetch failed");
  expect(jobs()).toBe(before + 1);
  // What answers in the API's place has done nothing.
  sandbox.faults.add({ fault: "error-500", times: 1 });
  expect((await post()).status).toBe(500);
  expect(jobs()).toBe(before + 1);
});

test("a connection is reset before any header, or after them and half the body", async () => {
  expect(await raw("reset-before")).toEqual({ text: "", end: "ECONNRESET" });
  const { text, end } = await raw("reset-after");
  expect([text.slice(0, 12), end]).toEqual(["HTTP/1.1 401", "ECONNRESET"]);
  const [head = "", body = ""] = text.split("\r\n\r\n");
  expect(Number(/content-length: (\d+)/.exec(head)?.[1])).toBeGreaterThan(body.length);
});

test("a body is cut in the middle although its whole length was promised", async () => {
  const { text, end } = await raw("truncate");
  const [head = "", body = ""] = text.split("\r\n\r\n");
  expect(end).toBe("ended");
  expect(body.length).toBe(Math.floor(Number(/content-length: (\d+)/.exec(head)?.[1]) / 2));
});

test("a body trickles in, whole", async () => {
  const answer = await fetch(sandbox.url + info, { headers: { "x-sandbox-fault": "trickle=1, latency=1" } });
  let pieces = 0;
  let text = "";
  for await (const chunk of answer.body ?? []) {
    pieces += 1;
    text += Buffer.from(chunk);
  }
  expect(pieces).toBeGreaterThan(1);
  expect(JSON.parse(text)).toMatchObject({ error: { status: 401 } });
});

test("a call that hangs is answered by nobody, and does not keep the sandbox from closing", async () => {
  const other = await startSandbox({ faults: ["hang; times=1"] });
  const hanging = request(other.url + info);
  let isAnswered = false;
  hanging.on("response", () => {
    isAnswered = true;
  });
  const failure = new Promise<NodeJS.ErrnoException>((resolve) => hanging.on("error", resolve));
  hanging.end();
  // The second call is answered, so the first one's turn has come and gone.
  while (other.faults.list()[0]?.happened !== 1) await fetch(other.url, { method: "HEAD" });
  await other.close();
  expect([(await failure).code, isAnswered]).toEqual(["ECONNRESET", false]);
});
