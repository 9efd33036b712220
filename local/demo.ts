import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectThroughConsent } from "./connect-through-consent.ts";
import { demonstrateGraphql } from "./demo-graphql.ts";
import { demonstrateWatch } from "./demo-watch.ts";
import { startLocalGateway } from "./gateway.ts";

/** The whole story, unattended: npm run demo. Exits with 1 when a step is not what it should be. */
process.env.POWERTOOLS_LOG_LEVEL ??= "ERROR";

let failures = 0;
function step(text: string, isRight: boolean, detail: string): void {
  if (!isRight) failures += 1;
  console.log(`${isRight ? "ok  " : "FAIL"} ${text}\n       ${detail}`);
}

const dataDir = mkdtempSync(join(tmpdir(), "upwork-gateway-demo-"));
const gateway = await startLocalGateway({ port: 0, sandboxPort: 0, dataDir });
try {
  console.log(`Gateway on ${gateway.url}, sandbox Upwork on ${gateway.upstream}\n`);
  const key = { authorization: `Bearer ${gateway.clientKey}` };
  const call = (path: string, init: RequestInit = {}) =>
    fetch(gateway.url + path, { ...init, headers: { ...key, ...(init.headers as Record<string, string>) } });
  const dayUsed = async () => {
    const { limits } = (await (await call("/budget")).json()) as {
      limits: { name: string; used: number; left: number }[];
    };
    const day = limits.find(({ name }) => name === "day");
    return { used: day?.used ?? -1, left: day?.left ?? -1 };
  };

  const connected = await connectThroughConsent(gateway.url, "demo", "allow");
  step(
    "request token",
    connected.startStatus === 302,
    `GET /oauth/start?connection=demo -> ${connected.startStatus}, to the consent page`,
  );
  step(
    "consent",
    connected.consentStatus === 302,
    "pressed Allow as Ada Larsen; the sandbox sent the browser back with a verifier",
  );
  step(
    "callback",
    connected.status === 200 && connected.page.includes("Ada Larsen"),
    `GET /oauth/callback -> ${connected.status}, "Connected as Ada Larsen"`,
  );
  const before = await dayUsed();
  step("budget before", before.used === 3, `${before.used} used (three calls to connect), ${before.left} left today`);

  const title = "Repair ~ a gateway & its budget";
  const postJob = (jobTitle: string) =>
    call("/api/hr/v2/jobs", {
      method: "POST",
      body: new URLSearchParams({
        buyer_team__reference: "2000001",
        title: jobTitle,
        job_type: "fixed-price",
        description: "Signed, sent; 100 % percent-encoded + counted.",
        visibility: "public",
        category2: "Web, Mobile & Software Dev",
        subcategory2: "Web Development",
        budget: "500",
      }),
    });
  const posted = await postJob(title);
  const job = (await posted.json()) as { job?: { reference: string } };
  step(
    "POST form",
    posted.status === 200 && job.job !== undefined,
    `${posted.status}, job ${job.job?.reference} posted`,
  );

  const search = await call(
    `/api/profiles/v2/search/jobs?q=${encodeURIComponent("gateway ~ budget")}&title=a+gateway+%26&paging=0;5`,
  );
  const found = (await search.json()) as { jobs?: { title: string }[]; paging?: { total: number } };
  step(
    "search with spaces and ~",
    search.status === 200 && found.jobs?.[0]?.title === title,
    `${search.status}, ${found.paging?.total} job: "${found.jobs?.[0]?.title}", RateLimit: ${search.headers.get("ratelimit")}`,
  );

  const repeated = await call("/api/profiles/v2/search/jobs?skills=react&skills=typescript&paging=0;5");
  const both = (await repeated.json()) as { jobs?: { skills: string[] }[] };
  const hasBoth =
    (both.jobs ?? []).length > 0 &&
    (both.jobs ?? []).every(({ skills }) => skills.includes("react") && skills.includes("typescript"));
  step(
    "repeated parameter",
    repeated.status === 200 && hasBoth,
    `${repeated.status}, ${both.jobs?.length} jobs that ask for react and typescript`,
  );

  const after = await dayUsed();
  step(
    "budget after",
    after.used === before.used + 3,
    `${after.used} used, ${after.left} left: three calls, three units`,
  );

  const refused = await call("/api/profiles%2F..%2Fadmin");
  const problem = (await refused.json()) as { detail?: string };
  step(
    "refused call",
    refused.status === 400 && (await dayUsed()).used === after.used,
    `${refused.status} "${problem.detail}" and no unit spent`,
  );

  await demonstrateGraphql(gateway, step);
  await demonstrateWatch(gateway, step, postJob);
} finally {
  await gateway.close();
  rmSync(dataDir, { recursive: true, force: true });
}
console.log(failures === 0 ? "\nEvery step is right." : `\n${failures} step(s) went wrong.`);
process.exit(failures === 0 ? 0 : 1);
