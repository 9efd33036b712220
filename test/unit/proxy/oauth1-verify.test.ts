import { readFileSync } from "node:fs";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodePairs, type Pair, signRequest } from "../../../functions/oauth/signing.ts";
import { readHttpRequest } from "../../../functions/platform/http.ts";
import { readSignedRequest, signedUrls } from "../../../functions/proxy/oauth1-request.ts";
import { verifySignature } from "../../../functions/proxy/oauth1-verify.ts";
import { readVectors } from "../../support/vectors.ts";

const consumer = { key: "consumer", secret: "consumer-secret" };
const token = { key: "token", secret: "token-secret" };
const url = "https://gateway.example/api/hr/v2/jobs";

const protocolOf = (nonce = "n", timestamp = 1, consumerKey = consumer.key, tokenKey: string | null = token.key) =>
  [
    ["oauth_consumer_key", consumerKey],
    ["oauth_nonce", nonce],
    ["oauth_signature_method", "HMAC-SHA1"],
    ["oauth_timestamp", String(timestamp)],
    ...(tokenKey === null ? [] : [["oauth_token", tokenKey] as const]),
    ["oauth_version", "1.0"],
  ] as Pair[];

/** Signs one thing and claims another, as clients do that get it wrong. */
function claim(
  signed: { query?: Pair[]; form?: Pair[]; url?: string; method?: string; tokenSecret?: string },
  sent: { query?: Pair[]; form?: Pair[] } = signed,
) {
  const { signature } = signRequest({
    method: signed.method ?? "POST",
    url: new URL(signed.url ?? url),
    parameters: [...(signed.query ?? []), ...(signed.form ?? [])],
    consumer,
    token: { ...token, secret: signed.tokenSecret ?? token.secret },
    nonce: "n",
    timestamp: 1,
  });
  return verifySignature({
    method: "POST",
    urls: [url],
    request: { protocol: protocolOf(), query: sent.query ?? [], form: sent.form ?? [], signature },
    consumerSecret: consumer.secret,
    tokenSecret: token.secret,
  });
}

test("takes every signature of an independent implementation, and none that differs", () => {
  const vectors = readVectors(readFileSync(new URL("../../data/oauth1-signatures.json", import.meta.url), "utf8"));
  expect(vectors).not.toHaveLength(0);
  for (const vector of vectors) {
    const parsed = new URL(vector.url);
    const check = (signature: string) =>
      verifySignature({
        method: vector.method,
        urls: [parsed.origin + parsed.pathname],
        request: {
          protocol: protocolOf(vector.nonce, vector.timestamp, vector.consumer.key, vector.token?.key ?? null),
          query: vector.query,
          form: vector.form,
          signature,
        },
        consumerSecret: vector.consumer.secret,
        tokenSecret: vector.token?.secret ?? "",
      });
    expect(check(vector.signature)).toEqual({ isValid: true });
    expect(check("")).toMatchObject({ isValid: false, baseString: vector.base_string });
  }
});

test("takes what was signed and nothing else, whatever it is", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 6 }).filter((value) => value.isWellFormed());
  const pairs = fc.array(
    fc.tuple(
      text.filter((name) => !/^oauth_|^__proto__$/.test(name)),
      text,
    ),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(pairs, pairs, (query, form) => {
      expect(claim({ query, form })).toEqual({ isValid: true });
      const more: Pair[] = [...form, ["another", "x"]];
      expect(claim({ query, form }, { query, form: more })).toMatchObject({ isValid: false });
    }),
  );
});

describe("a signature that does not match names the likely culprit:", () => {
  const traps: [string, Parameters<typeof claim>[0], Parameters<typeof claim>[1], string | undefined, RegExp][] = [
    [
      "a 0 signed as empty (T1)",
      {
        form: [
          ["a", "0"],
          ["z", ""],
        ],
      },
      {
        form: [
          ["a", "0"],
          ["z", "0"],
        ],
      },
      "z",
      /Pass it as a string: "0"/,
    ],
    [
      "a false signed as empty (T1)",
      { form: [["on", ""]] },
      { form: [["on", "false"]] },
      "on",
      /number 0 and with false/,
    ],
    [
      "several of them (T1)",
      {
        form: [
          ["a", ""],
          ["b", ""],
        ],
      },
      {
        form: [
          ["a", "0"],
          ["b", "false"],
        ],
      },
      undefined,
      /as strings/,
    ],
    [
      "an object sent as nothing (T2)",
      { form: [["ctx", "[object Object]"]] },
      { form: [["ctx", ""]] },
      "ctx",
      /Flatten it: ctx\[name\]=value/,
    ],
    [
      "a name repeated in the path's query (T9)",
      {
        query: [
          ["s[0]", "a"],
          ["s[1]", "b"],
        ],
      },
      {
        query: [
          ["s", "a"],
          ["s", "b"],
        ],
      },
      "s",
      /name\[0\]/,
    ],
    ["spaces signed as plus signs", { query: [["q", "a+b"]] }, { query: [["q", "a b"]] }, "q", /plus signs/],
    ["spaces encoded twice", { query: [["q", "a%20b"]] }, { query: [["q", "a b"]] }, "q", /twice/],
    [
      "an unsigned form",
      { query: [["q", "a"]] },
      { query: [["q", "a"]], form: [["f", "1"]] },
      undefined,
      /did not sign the form/,
    ],
    [
      "an unsigned query",
      { form: [["f", "1"]] },
      { query: [["q", "a"]], form: [["f", "1"]] },
      undefined,
      /did not sign the query/,
    ],
    ["nothing signed", {}, { query: [["q", "a"]], form: [["f", "1"]] }, undefined, /none of the parameters/],
    ["no token secret", { tokenSecret: "" }, {}, undefined, /without the token's secret/],
    ["another method", { method: "PUT" }, {}, undefined, /signed the method PUT and sent POST/],
    ["Upwork's own host (T12)", { url: "https://www.upwork.com/api/hr/v2/jobs" }, {}, undefined, /UPWORKAPI/],
    [
      "an empty value that explains nothing",
      { tokenSecret: "x", form: [["e", ""]] },
      { form: [["e", ""]] },
      "e",
      /came empty/,
    ],
    [
      "special characters that explain nothing",
      { tokenSecret: "x", form: [["e", "é"]] },
      { form: [["e", "é"]] },
      "e",
      /different ways/,
    ],
    ["wrong secrets", { tokenSecret: "x" }, {}, undefined, /secret is wrong/],
  ];
  test.each(traps)("%s", (_name, signed, sent, culprit, why) => {
    const verdict = claim(signed, sent);
    expect(verdict).toMatchObject({ isValid: false, why: expect.stringMatching(why) });
    expect(verdict).toHaveProperty("baseString", expect.stringMatching(/^POST&https%3A%2F%2Fgateway\.example%2F/));
    if (culprit === undefined) expect(verdict).not.toHaveProperty("culprit");
    else expect(verdict).toMatchObject({ culprit });
  });

  test.each([
    ["~ signed as %7E", "~", /%7E/],
    ["! ' ( ) * left as they are", "(x)!", /did not percent-encode/],
  ])("%s", (_name, value, why) => {
    const protocol = protocolOf();
    const encode = (text: string) =>
      value === "~" ? encodeURIComponent(text).replaceAll("~", "%7E") : encodeURIComponent(text);
    const parameters = [...protocol, ["q", value] as const]
      .map(([name, one]) => `${encode(name)}=${encode(one)}`)
      .toSorted()
      .join("&");
    const strict = (text: string) =>
      encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
    const { signature } = hmac(`POST&${strict(url)}&${strict(parameters)}`);
    const verdict = verifySignature({
      method: "POST",
      urls: [url],
      request: { protocol, query: [["q", value]], form: [], signature },
      consumerSecret: consumer.secret,
      tokenSecret: token.secret,
    });
    expect(verdict).toMatchObject({ isValid: false, culprit: "q", why: expect.stringMatching(why) });
  });
});

describe("a hundred thousand parameters", () => {
  const many = (name: string): Pair[] => Array.from({ length: 100_000 }, (_, index) => [`${name}${index}`, "0"]);

  test("are taken apart before anybody is known, as few are", () => {
    const form = (pairs: readonly Pair[]) =>
      readSignedRequest({
        id: "1",
        method: "POST",
        path: "/api/hr/v2/jobs",
        rawQuery: "",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        cookies: {},
        body: Buffer.from(encodePairs(pairs)),
        sourceIp: "127.0.0.1",
      });
    expect(form(many("oauth_")).protocol).toHaveLength(100_000);
    expect(() => form([...many("oauth_"), ["oauth_7", ""]])).toThrow(/oauth_7 twice/);
    // The log has this sentence, whoever it is said to.
    const long = `oauth_${"x".repeat(1_000)}`;
    expect(() => form([long, long].map((name): Pair => [name, ""]))).toThrow(/carries oauth_x{94} twice/);
  });

  test("may be signed, and where the signature is wrong nobody tries out why", () => {
    expect(claim({ form: many("p") })).toEqual({ isValid: true });
    expect(claim({ form: many("p"), tokenSecret: "x" })).toMatchObject({
      isValid: false,
      why: expect.stringMatching(/secret is wrong/),
    });
  });
});

test("a long text may be signed, and where the signature is wrong nobody tries out why", () => {
  const form = (zero: string): Pair[] => [
    ["zero", zero],
    ["text", "x".repeat(30_000)],
  ];
  expect(claim({ form: form("0") })).toEqual({ isValid: true });
  const verdict = claim({ form: form("") }, { form: form("0") });
  expect(verdict).toMatchObject({ isValid: false, why: expect.stringMatching(/secret is wrong/) });
});

function hmac(baseString: string) {
  const { createHmac } = process.getBuiltinModule("node:crypto");
  return {
    signature: createHmac("sha1", `${consumer.secret}&${token.secret}`).update(baseString).digest("base64"),
  };
}

describe("behind API Gateway the signed URL is found again:", () => {
  /** An event in payload format 2.0, as AWS documents it; only what differs between the cases is given. */
  function eventOf(event: {
    host: string;
    stage: string;
    rawPath: string;
    rawQueryString?: string;
    headers?: Record<string, string>;
  }): APIGatewayProxyEventV2 {
    return {
      version: "2.0",
      routeKey: "ANY /api/{path+}",
      rawPath: event.rawPath,
      rawQueryString: event.rawQueryString ?? "",
      headers: {
        accept: "application/json",
        "content-length": "0",
        "content-type": "application/x-www-form-urlencoded",
        host: event.host,
        "user-agent": "Node-Upwork",
        "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        "x-forwarded-for": "205.255.255.176",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
        ...event.headers,
      },
      requestContext: {
        accountId: "123456789012",
        apiId: "r3pmxmplak",
        domainName: event.host,
        domainPrefix: event.host.split(".")[0] ?? "",
        http: {
          method: "GET",
          path: event.rawPath,
          protocol: "HTTP/1.1",
          sourceIp: "205.255.255.176",
          userAgent: "Node-Upwork",
        },
        requestId: "JKJaXmPLvHcESHA=",
        routeKey: "ANY /api/{path+}",
        stage: event.stage,
        time: "10/Mar/2020:05:16:23 +0000",
        timeEpoch: 1583817383220,
      },
      isBase64Encoded: false,
    };
  }

  const defaultDomain = "r3pmxmplak.execute-api.us-east-2.amazonaws.com";
  const cases: [string, string, Parameters<typeof eventOf>[0]][] = [
    [
      "the default domain and its default stage",
      `https://${defaultDomain}/api/auth/v1/info`,
      { host: defaultDomain, stage: "$default", rawPath: "/api/auth/v1/info" },
    ],
    [
      "the default domain with a stage, which stands in rawPath",
      `https://${defaultDomain}/prod/api/auth/v1/info`,
      { host: defaultDomain, stage: "prod", rawPath: "/prod/api/auth/v1/info" },
    ],
    [
      "a custom domain, where the stage stays out of the URL",
      "https://api.example.com/api/auth/v1/info",
      { host: "api.example.com", stage: "prod", rawPath: "/api/auth/v1/info" },
    ],
    [
      "a custom domain with a stage in rawPath all the same",
      "https://api.example.com/api/auth/v1/info",
      { host: "api.example.com", stage: "prod", rawPath: "/prod/api/auth/v1/info" },
    ],
    [
      "a custom domain with a base path, which rawPath does not have: the configuration does",
      "https://api.example.com/upwork/api/auth/v1/info",
      { host: "api.example.com", stage: "prod", rawPath: "/api/auth/v1/info" },
    ],
    [
      "a proxy in front, with another host",
      "https://api.example.com/upwork/api/auth/v1/info",
      { host: defaultDomain, stage: "$default", rawPath: "/api/auth/v1/info" },
    ],
    [
      "the default port written out",
      "https://api.example.com/api/auth/v1/info",
      { host: "api.example.com:443", stage: "$default", rawPath: "/api/auth/v1/info" },
    ],
    [
      "another port, and no TLS",
      "http://localhost:3000/api/auth/v1/info",
      {
        host: "localhost:3000",
        stage: "$default",
        rawPath: "/api/auth/v1/info",
        headers: { "x-forwarded-proto": "http", "x-forwarded-port": "3000" },
      },
    ],
    [
      "keys sent as they are, which API Gateway leaves alone",
      `https://${defaultDomain}/api/profiles/v1/jobs/~01a;~01b`,
      { host: defaultDomain, stage: "$default", rawPath: "/api/profiles/v1/jobs/~01a;~01b" },
    ],
    [
      "a path that was percent-encoded, which API Gateway decodes",
      `https://${defaultDomain}/api/team/v3/workdays/companies/acme%20%C3%A9/20260101%2C20260131`,
      { host: defaultDomain, stage: "$default", rawPath: "/api/team/v3/workdays/companies/acme é/20260101,20260131" },
    ],
  ];
  const query: Pair[] = [
    ["q", "node js & ~é"],
    ["paging", "0;10"],
  ];
  test.each(cases)("%s", (_name, signedUrl, given) => {
    const { header } = signRequest({
      method: "GET",
      url: new URL(signedUrl),
      parameters: query,
      consumer,
      token,
      nonce: "n",
      timestamp: 1,
    });
    const event = eventOf({ ...given, rawQueryString: "q=node%20js%20%26%20~%C3%A9&paging=0%3B10" });
    const request = readHttpRequest({ ...event, headers: { ...event.headers, authorization: header } });
    const verdict = verifySignature({
      method: request.method,
      urls: signedUrls(request, "https://api.example.com/upwork"),
      request: readSignedRequest(request),
      consumerSecret: consumer.secret,
      tokenSecret: token.secret,
    });
    expect(verdict).toEqual({ isValid: true });
  });

  test("and no other URL passes", () => {
    const request = readHttpRequest(eventOf({ host: defaultDomain, stage: "prod", rawPath: "/prod/api/auth/v1/info" }));
    const urls = signedUrls(request, "https://api.example.com");
    const paths = new Set(urls.map((one) => new URL(one).pathname));
    expect(paths).toEqual(new Set(["/prod/api/auth/v1/info", "/api/auth/v1/info"]));
    expect(new Set(urls.map((one) => new URL(one).hostname))).toEqual(new Set([defaultDomain, "api.example.com"]));
  });
});
