import { expect, test } from "vitest";
import { passAnswer } from "../../../functions/proxy/answer.ts";

test("an answer keeps its status and bytes, and loses what belongs to a connection, a session or the gateway", () => {
  const body = Buffer.from([0, 255, 13, 10]);
  const headers = {
    "content-type": "application/octet-stream",
    connection: "x-hop, keep-alive",
    "x-hop": "1",
    "set-cookie": ["a=b"],
    "x-ratelimit-remaining": "3",
  };
  const answer = passAnswer({ status: 418, headers, body });
  expect(answer).toEqual({
    status: 418,
    headers: {
      "content-type": "application/octet-stream",
      "upstream-x-ratelimit-remaining": "3",
      vary: "authorization, x-api-key, connection-id, x-upwork-api-tenantid",
      "content-security-policy": "sandbox",
    },
    body,
  });
});

test("an answer says that it depends on the client, beside what the upstream says", () => {
  const headers = { vary: "Accept-Encoding", "cache-control": "public, max-age=60" };
  const { vary } = passAnswer({ status: 200, headers, body: Buffer.from("{}") }).headers;
  expect(vary).toBe("Accept-Encoding, authorization, x-api-key, connection-id, x-upwork-api-tenantid");
});

test("a page of the upstream's cannot act on the console's origin, whatever policy it brings", () => {
  const headers = { "content-type": "text/html", "content-security-policy": "default-src *" };
  const answer = passAnswer({ status: 403, headers, body: Buffer.from("<script>1</script>") });
  expect(answer.headers["content-security-policy"]).toBe("sandbox");
});
