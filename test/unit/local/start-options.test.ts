import { resolve } from "node:path";
import { expect, test } from "vitest";
import { explain, help, OptionsError, readOptions } from "../../../local/start-options.ts";

test("starts a sandbox on the usual ports where nothing is asked", () => {
  expect(readOptions({}, [])).toEqual({ port: 4000, sandboxPort: 4100, dataDir: resolve(".local") });
  // An empty variable is one that is not set.
  expect(readOptions({ PORT: "", GATEWAY_DATA: "", UPWORK_CONSUMER_KEY: "" }, [])).toMatchObject({ port: 4000 });
});

test("takes everything from the environment", () => {
  const limits = '[{"name":"day","quota":10,"seconds":86400}]';
  const environment = { PORT: "1", SANDBOX_PORT: "2", GATEWAY_DATA: "/tmp/x", GATEWAY_LIMITS: limits };
  expect(readOptions(environment, [])).toEqual({ port: 1, sandboxPort: 2, dataDir: "/tmp/x", limits });
  const real = { UPWORK_CONSUMER_KEY: "k", UPWORK_CONSUMER_SECRET: "s" };
  expect(readOptions(real, [])).toMatchObject({
    real: {
      upstream: "https://www.upwork.com",
      graphqlUpstream: "https://api.upwork.com",
      oauth1: { consumerKey: "k", consumerSecret: "s" },
    },
  });
  expect(readOptions({ ...real, UPWORK_URL: "http://localhost:9/" }, [])).toMatchObject({
    real: { upstream: "http://localhost:9" },
  });
});

test("takes an OAuth 2.0 key alone or beside the other", () => {
  const today = { UPWORK_CLIENT_ID: "i", UPWORK_CLIENT_SECRET: "s", UPWORK_GRAPHQL_URL: "http://localhost:9" };
  const oauth2 = { clientId: "i", clientSecret: "s", grant: "authorization_code" };
  const origins = { upstream: "https://www.upwork.com", graphqlUpstream: "http://localhost:9" };
  expect(readOptions(today, [])).toMatchObject({ real: { ...origins, oauth2 } });
  expect(readOptions({ ...today, UPWORK_GRANT: "client_credentials" }, [])).toMatchObject({
    real: { oauth2: { ...oauth2, grant: "client_credentials" } },
  });
  const both = { ...today, UPWORK_CONSUMER_KEY: "k", UPWORK_CONSUMER_SECRET: "s" };
  expect(readOptions(both, [])).toMatchObject({
    real: { ...origins, oauth1: { consumerKey: "k", consumerSecret: "s" }, oauth2 },
  });
});

test("every variable it reads is in the help", () => {
  const read: string[] = [];
  const environment = new Proxy({ UPWORK_CONSUMER_KEY: "k", UPWORK_CONSUMER_SECRET: "s" } as Record<string, string>, {
    get: (target, name: string) => {
      read.push(name);
      return target[name];
    },
  });
  readOptions(environment, []);
  expect(read.length).toBeGreaterThanOrEqual(7);
  for (const name of read) expect(help).toContain(name);
  expect(readOptions({ PORT: "nonsense" }, ["--help"])).toBe("help");
});

test.each([
  [{ PORT: "http" }, 'PORT takes a port from 0 to 65535, not "http".'],
  [{ SANDBOX_PORT: "65536" }, 'SANDBOX_PORT takes a port from 0 to 65535, not "65536".'],
  [{ SANDBOX_PORT: "4000" }, "PORT and SANDBOX_PORT are both 4000."],
  [{ UPWORK_CONSUMER_KEY: "x" }, "Give both UPWORK_CONSUMER_KEY and UPWORK_CONSUMER_SECRET"],
  [{ UPWORK_CLIENT_ID: "k", UPWORK_CLIENT_SECRET: "s", UPWORK_GRANT: "implicit" }, "UPWORK_GRANT takes"],
  [{ UPWORK_CLIENT_SECRET: "x" }, "Give both UPWORK_CLIENT_ID and UPWORK_CLIENT_SECRET"],
  [{ GATEWAY_LIMITS: "lots" }, "GATEWAY_LIMITS: Limits must be JSON"],
  [
    { UPWORK_CONSUMER_KEY: "k", UPWORK_CONSUMER_SECRET: "s", UPWORK_URL: "https://www.upwork.com/api" },
    "UPWORK_URL takes an origin",
  ],
])("refuses %o in a sentence", (environment, sentence) => {
  expect(() => readOptions(environment, [])).toThrow(OptionsError);
  expect(() => readOptions(environment, [])).toThrow(sentence);
});

test("refuses arguments it does not know", () => {
  expect(() => readOptions({}, ["--port", "4001"])).toThrow('npm start takes no "--port 4001"');
});

test("explains what stood in the way, and what to type", () => {
  const failure = (properties: object) => Object.assign(new Error("E"), properties);
  const ports = { sandboxPort: 4100 };
  expect(explain(failure({ code: "EADDRINUSE", port: 4000 }), ports)).toContain("PORT=4001 npm start");
  expect(explain(failure({ code: "EADDRINUSE", port: 4100 }), ports)).toContain("SANDBOX_PORT=4101 npm start");
  expect(explain(failure({ code: "EADDRINUSE", port: 65_535 }), ports)).toContain("PORT=65534 npm start");
  expect(explain(failure({ code: "EACCES", port: 80 }), ports)).toContain("may not listen on port 80");
  expect(explain(failure({ code: "EEXIST", path: "/x" }), ports)).toContain("GATEWAY_DATA=.local npm start");
  expect(explain(new Error("something else"), ports)).toBe("something else");
});
