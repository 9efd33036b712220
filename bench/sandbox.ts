import { fork } from "node:child_process";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { signRequest } from "../functions/oauth/signing.ts";

// npm run bench:sandbox: signed calls a second that one sandbox process answers, over HTTP, from another process that signs them.
// BENCH_CALLS sets how many (default 20,000; a million shows that memory stays flat). The last line is JSON.
const calls = Number(process.env.BENCH_CALLS ?? 20_000);
const atOnce = 16;

type Pair = readonly [string, string];
type Usage = { cpuMs: number; heapBytes: number; answered: number };
type Started = {
  url: string;
  consumer: { consumerKey: string; consumerSecret: string };
  token: { token: string; secret: string };
};

/** What a load test does: mostly searches, each for something else; profiles, lists, diaries, reports; some writes. */
const words = ["dashboard", "report", "landing", "python", "react", "figma", "kotlin", "pipeline", "english", "swift"];
const mix: readonly ((number: number) => { method: string; path: string; query?: Pair[]; form?: Pair[] })[] = [
  ...Array.from({ length: 8 }, (_, index) => (number: number) => ({
    method: "GET",
    path: "/api/profiles/v2/search/jobs",
    query: [
      ["q", `${words[number % 10]} OR title:${words[(number + index) % 10]}`],
      ["paging", `${number % 50};10`],
      ["job_type", index % 2 === 0 ? "hourly" : "fixed"],
    ] as Pair[],
  })),
  () => ({ method: "GET", path: "/api/profiles/v2/search/providers", query: [["skills", "python"]] }),
  (number) => ({ method: "GET", path: `/api/profiles/v1/jobs/${3_000_001 + (number % 6_000)}` }),
  (number) => ({ method: "GET", path: `/api/profiles/v1/jobs/${3_000_001 + ((number * 7) % 6_000)}.json` }),
  () => ({ method: "GET", path: "/api/auth/v1/info" }),
  () => ({ method: "GET", path: "/api/hr/v2/userroles" }),
  () => ({ method: "GET", path: "/api/hr/v2/engagements" }),
  () => ({ method: "GET", path: "/api/team/v3/workdiaries/companies/adastudio/20261102" }),
  (number) => ({
    method: "PUT",
    path: "/api/hr/v2/jobs/3006500",
    form: [["description", `Changed ${number}`]],
  }),
];

const child = fork(fileURLToPath(new URL("support/sandbox-server.ts", import.meta.url)), {
  execArgv: ["--expose-gc", "--max-old-space-size=512"],
});
const next = <Message>() =>
  new Promise<Message>((resolve) => child.once("message", (message) => resolve(message as Message)));
const started = await next<Started>();
const usage = async () => {
  const answer = next<Usage>();
  child.send("usage");
  return await answer;
};

const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
let failures = 0;

function call(number: number): Promise<void> {
  const make = mix[number % mix.length];
  if (make === undefined) return Promise.resolve();
  const { method, path, query = [], form = [] } = make(number);
  const { consumerKey: key, consumerSecret: secret } = started.consumer;
  const url = new URL(path, started.url);
  const { header } = signRequest({
    method,
    url,
    parameters: [...query, ...form],
    consumer: { key, secret },
    token: { key: started.token.token, secret: started.token.secret },
    protocol: {},
    nonce: String(number),
    timestamp: Math.floor(Date.now() / 1000),
  });
  const encoded = (pairs: readonly Pair[]) =>
    pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  const body = encoded(form);
  const headers = {
    authorization: header,
    "content-type": "application/x-www-form-urlencoded",
    "content-length": Buffer.byteLength(body),
  };
  const target = query.length === 0 ? path : `${path}?${encoded(query)}`;
  return new Promise((resolve, reject) => {
    const sent = request(started.url + target, { method, headers, agent }, (response) => {
      if (response.statusCode !== 200) failures += 1;
      response.resume().on("end", resolve);
    });
    sent.on("error", reject).end(body);
  });
}

let number = 0;
async function callUntil(end: number): Promise<void> {
  const worker = async () => {
    while (number < end) await call(number++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

// What is made when it is first asked for, and what the engine compiles, is no part of the figure.
await callUntil(2_000);
const heaps: number[] = [];
const before = await usage();
const startedAt = performance.now();
for (let tenth = 1; tenth <= 10; tenth += 1) {
  await callUntil(2_000 + Math.round((calls * tenth) / 10));
  heaps.push((await usage()).heapBytes);
}
const seconds = (performance.now() - startedAt) / 1000;
const after = await usage();
agent.destroy();
child.disconnect();

const answered = after.answered - before.answered;
const cpuSeconds = (after.cpuMs - before.cpuMs) / 1000;
const megabytes = heaps.map((bytes) => Math.round(bytes / 1e5) / 10);
console.log(`${answered} signed calls, ${failures} not answered with 200`);
console.log(`heap after each tenth, collected: ${megabytes.join(", ")} MB`);
console.log(
  JSON.stringify({
    bench: "sandbox",
    calls: answered,
    failures,
    callsPerSecond: Math.round(answered / seconds),
    callsPerCpuSecond: Math.round(answered / cpuSeconds),
    heapMegabytes: megabytes,
  }),
);
process.exitCode = failures === 0 ? 0 : 1;
