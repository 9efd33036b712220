import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KeyPair } from "../../../functions/oauth/signing.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { accessToken, signed } from "../../support/sandbox-client.ts";

let sandbox: Sandbox;
let token: KeyPair;
beforeAll(async () => {
  sandbox = await startSandbox();
  token = await accessToken(sandbox);
});
afterAll(() => sandbox.close());

/** Sends bytes as they are and returns all that comes back: no client of ours would send such requests. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(sandbox.port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => (received += chunk));
    socket.on("end", () => resolve(received));
    socket.on("error", reject);
  });
}

describe("a call", () => {
  test("is answered in the bare content type that Upwork's Node client needs, in Upwork's envelope", async () => {
    const answer = await signed(sandbox, "/api/auth/v1/info", { token });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toMatchObject({
      server_time: expect.any(Number),
      auth_user: { first_name: "Ada", last_name: "Larsen", timezone: "UTC", timezone_offset: "0" },
      info: { ref: "1000001", location: { country: "Norway" } },
    });
  });

  test("to an unknown path is a wrong URL, in the shape of its tree", async () => {
    const message = "Wrong URL requested";
    const api = await signed(sandbox, "/api/nothing/here", { token });
    expect([api.status, api.headers.get("x-upwork-error-message")]).toEqual([404, message]);
    expect(await api.json()).toMatchObject({ error: { status: 404, code: 404, message } });
    const report = await signed(sandbox, "/gds/nothing", { token });
    expect([report.status, report.headers.get("x-upwork-error-code")]).toEqual([500, "500"]);
    expect(await report.json()).toEqual({ version: "0.6", status: "error", errors: [{ reason: "other", message }] });
  });

  test("with a suffix is the same call", async () => {
    for (const suffix of [".json", ".xml"]) {
      expect((await signed(sandbox, `/api/auth/v1/info${suffix}`, { token })).status).toBe(200);
    }
  });

  test("by POST takes its method from http_method, in a form and in JSON", async () => {
    const call = { token, method: "POST" };
    for (const method of ["delete", "PUT"]) {
      const form = await signed(sandbox, "/api/hr/v2/jobs", { ...call, form: [["http_method", method]] });
      const json = await signed(sandbox, "/api/hr/v2/jobs", { ...call, json: { http_method: method } });
      // Nobody deletes or replaces all jobs, so a method that was understood is one that is not allowed.
      expect([form.status, json.status]).toEqual([405, 405]);
    }
    expect((await signed(sandbox, "/api/hr/v2/jobs", { ...call, form: [["http_method", "get"]] })).status).toBe(400);
    expect((await signed(sandbox, "/api/hr/v2/jobs", { token, method: "PUT", json: {} })).status).toBe(405);
  });

  test("takes the parameters of a JSON body, which no signature covers", async () => {
    const json = {
      buyer_team__reference: "2000001",
      title: "Calibrate a theremin",
      job_type: "fixed-price",
      description: "By ear.",
      visibility: "public",
      category2: "Writing",
      subcategory2: "Copywriting",
      budget: 500,
    };
    expect((await signed(sandbox, "/api/hr/v2/jobs", { token, method: "POST", json })).status).toBe(200);
    const found = await signed(sandbox, "/api/profiles/v2/search/jobs", { token, query: [["q", "theremin"]] });
    expect(await found.json()).toMatchObject({ jobs: [{ title: "Calibrate a theremin", budget: 500 }] });
  });

  test.each([
    ["no Content-Length", ""],
    ["a chunked body", "Transfer-Encoding: chunked\r\n"],
  ])("by POST with %s gets an HTML 411 from the web tier", async (_what, header) => {
    const end = header === "" ? "" : "0\r\n\r\n";
    const answer = await raw(
      `POST /api/auth/v1/oauth/token/request HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n${end}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 411 /);
    expect(answer).toMatch(/content-type: text\/html/i);
    expect(answer).toContain("<h1>411 Length Required</h1>");
    expect(answer).not.toMatch(/x-upwork-error/i);
  });

  test("that is not HTTP gets an answer, not a dead socket", async () => {
    expect(await raw("HELLO\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("pages through a search whose total is true", async () => {
    const page = async (paging: string) => {
      const answer = await signed(sandbox, "/api/profiles/v2/search/jobs", { token, query: [["paging", paging]] });
      return { status: answer.status, ...((await answer.json()) as { jobs: { id: string }[] }) };
    };
    const first = await page("0;2");
    expect(first).toMatchObject({
      jobs: [{}, {}],
      paging: { offset: 0, count: 2, total: sandbox.world.jobs.rows.length },
    });
    const second = await page("2;2");
    expect(new Set([...first.jobs, ...second.jobs].map(({ id }) => id)).size).toBe(4);
    for (const wrong of ["0;101", "x", "-1;2"]) expect((await page(wrong)).status).toBe(400);
  });

  test("for job profiles takes several keys, and says which calls name none", async () => {
    const [one, two] = sandbox.world.jobs.rows;
    const profiles = async (keys: string) => signed(sandbox, `/api/profiles/v1/jobs/${keys}.json`, { token });
    expect(await (await profiles(one?.key ?? "")).json()).toMatchObject({ profile: { ciphertext: one?.key } });
    expect(await (await profiles(`${one?.key};${two?.key}`)).json()).toMatchObject({
      profiles: { profile: [{ ciphertext: one?.key }, { ciphertext: two?.key }] },
    });
    expect((await profiles("~010000000000000000")).status).toBe(404);
    expect((await profiles(Array(21).fill(one?.key).join(";"))).status).toBe(400);
  });
});

test("the same seed gives the same world, another seed another", async () => {
  const worlds = [];
  for (const seed of [7, 7, 8]) {
    const { world, close } = await startSandbox({ seed, now: () => 0 });
    worlds.push(world);
    await close();
  }
  expect(worlds[0]?.jobs.rows).toEqual(worlds[1]?.jobs.rows);
  expect(worlds[0]?.users.rows).toEqual(worlds[1]?.users.rows);
  expect(worlds[0]?.jobs.rows).not.toEqual(worlds[2]?.jobs.rows);
});
