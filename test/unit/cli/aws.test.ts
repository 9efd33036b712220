import { describe, expect, test } from "vitest";
import { runCli } from "../../support/cli.ts";
import { expectTidy } from "../../support/cli-tidy.ts";

function awsError(name: string, status?: number, message = "from AWS"): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

const failures: readonly (readonly [error: Error, code: number, said: string])[] = [
  [
    awsError("CredentialsProviderError", undefined, "Could not load credentials from any providers"),
    2,
    "no AWS credentials",
  ],
  [awsError("TokenProviderError"), 2, "no AWS credentials"],
  [new Error("Region is missing"), 2, "no AWS credentials"],
  [awsError("AccessDeniedException", 400), 3, "AWS refuses access"],
  [awsError("ExpiredTokenException", 400), 3, "AWS refuses access"],
  [awsError("UnrecognizedClientException", 400), 3, "AWS refuses access"],
  [awsError("InvalidRequestException", 400), 3, "AWS refuses access"],
  [awsError("InternalServiceError", 500), 5, "AWS did not answer"],
  [awsError("TimeoutError"), 5, "AWS did not answer"],
  [Object.assign(new TypeError("fetch failed"), { cause: { code: "ENOTFOUND" } }), 5, "AWS did not answer"],
];

describe("what AWS answers", () => {
  test.each(failures)("%s is exit code %d, with the secret's name and what to check", async (error, code, said) => {
    const readSecret = () => Promise.reject(error);
    const read = await runCli(["clients", "list", "--aws", "--stage", "dev"], { readSecret });
    const writeSecret = () => Promise.reject(error);
    const askSecret = async () => "consumer-secret";
    const written = await runCli(["configure", "--stage", "dev", "--json"], { writeSecret, askSecret });
    expectTidy(read, error.name, false);
    expectTidy(written, error.name, true);
    expect([read.code, written.code]).toEqual([code, code]);
    expect(read.err).toContain(said);
    expect(read.err).toContain("upwork-gateway/dev/admin-key");
    expect(written.err).toContain("upwork-gateway/dev/application/oauth2");
    expect(read.err + written.err).toContain("Check AWS_PROFILE and AWS_REGION.");
    expect(written.out + written.err).not.toContain("consumer-secret");
  });

  test.each([undefined, "", "{", "[]", '{"current": 1}', '{"current": "two words"}', '{"previous": "x"}'])(
    "a secret that holds %j is no admin key",
    async (text) => {
      const result = await runCli(["clients", "list", "--aws"], { readSecret: async () => text });
      expectTidy(result, String(text), false);
      expect(result.code).toBe(3);
      expect(result.err).toContain("upwork-gateway/prod/admin-key");
      expect(result.err).not.toContain("two words");
    },
  );

  test.each([
    ["oauth1", "Consumer key"],
    ["oauth2", "Client id"],
  ])("what is typed for %s and cannot be a key is not stored, and not shown", async (auth, what) => {
    for (const typed of ["", "abc", "with a space", "ümlaut", "x".repeat(201)]) {
      const written: string[] = [];
      const result = await runCli(["configure", "--auth", auth], {
        askSecret: async () => typed,
        writeSecret: async (name) => void written.push(name),
      });
      expect(result).toMatchObject({ code: 2, out: "" });
      expect(result.err).toContain(`That is no ${what.toLowerCase()}`);
      if (typed !== "") expect(result.err).not.toContain(typed);
      expect(written).toEqual([]);
    }
  });
});
