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
      "content-security-policy": "sandbox",
    },
    body,
  });
});

test("a page of the upstream's cannot act on the console's origin, whatever policy it brings", () => {
  const headers = { "content-type": "text/html", "content-security-policy": "default-src *" };
  const answer = passAnswer({ status: 403, headers, body: Buffer.from("<script>1</script>") });
  expect(answer.headers["content-security-policy"]).toBe("sandbox");
});
