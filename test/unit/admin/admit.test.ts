import { describe, expect, test } from "vitest";
import { createAdmit } from "../../../functions/admin/admit.ts";
import type { AdminDoor } from "../../../functions/clients/admin-door.ts";
import type { HttpRequest } from "../../../functions/platform/http.ts";

const door = (admits: AdminDoor["admits"]): AdminDoor => ({
  isOpen: false,
  cookieName: "session",
  admits,
  logIn: async () => undefined,
});
const request = (headers: Record<string, string>, cookies: Record<string, string> = {}): HttpRequest => ({
  id: "1",
  method: "POST",
  path: "/admin/budget/reopen",
  rawQuery: "",
  headers,
  cookies,
  body: new Uint8Array(),
  sourceIp: "192.0.2.1",
});

const byKey = createAdmit(door(async ({ headers }) => headers.authorization === "Bearer right"));
const bySession = createAdmit(door(async ({ cookies }) => cookies.session === "right"));

test("whoever has no admin key is told where it is", async () => {
  await expect(byKey(request({}))).rejects.toMatchObject({
    kind: "admin-key-refused",
    status: 401,
    headers: { "www-authenticate": expect.stringContaining("Bearer") },
  });
  await expect(byKey(request({ authorization: "Bearer wrong" }))).rejects.toThrow("not the admin key");
  await byKey(request({ authorization: "Bearer right", "sec-fetch-site": "cross-site" }));
});

describe("a session in a browser", () => {
  const cookies = { session: "right" };
  test.each<Record<string, string>>([
    {},
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
    { origin: "https://gateway.example", host: "gateway.example" },
  ])("counts with %j", (headers) => bySession(request(headers, cookies)));

  test.each<Record<string, string>>([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: "https://gateway.example", host: "gateway.example" },
    { origin: "https://evil.example", host: "gateway.example" },
    { origin: "null", host: "gateway.example" },
    { "sec-fetch-site": "cross-site", authorization: "Basic dXNlcjpwYXNzd29yZA==" },
  ])("does not count with %j, which another site sent", async (headers) => {
    await expect(bySession(request(headers, cookies))).rejects.toMatchObject({
      kind: "other-site-refused",
      status: 403,
    });
  });
});
