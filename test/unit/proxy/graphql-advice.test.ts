import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AdviceFacts, judgeGraphqlAnswer } from "../../../functions/proxy/graphql-advice.ts";

const facts: AdviceFacts = {
  connection: "acme",
  needsReauth: false,
  tenant: "1001",
  tenants: [
    { id: "1001", name: "Ada" },
    { id: "1002", name: "Agency" },
  ],
};
const judgeText = (text: string, status = 200, known: Partial<AdviceFacts> = {}) =>
  judgeGraphqlAnswer({ status, body: Buffer.from(text) }, { ...facts, ...known });
const judge = (value: unknown, known?: Partial<AdviceFacts>) => judgeText(JSON.stringify(value), 200, known);
const withErrors = (message: string, classification?: string) => ({
  errors: [{ message, locations: [{ line: 3, column: 2 }], extensions: { classification } }],
});

describe("advice", () => {
  test("for a missing scope names the fields, and what follows from adding it", () => {
    const message =
      "The client or authentication token doesn't have enough oauth2 permissions/scopes to access: [Money.currency, Money.rawValue].";
    expect(judge(withErrors(message, "ExecutionAborted"))).toMatchObject({
      kind: "errors",
      advice: expect.stringMatching(/permission for Money\.currency, Money\.rawValue\..*connect again/),
    });
  });

  test("for a document that does not fit names the kinds of error and their lines", () => {
    const errors = [
      ...withErrors("Validation error of type FieldUndefined: Field 'x' is undefined", "ValidationError").errors,
      ...withErrors("Validation error (MissingFieldArgument@[a]) : missing", "ValidationError").errors,
    ];
    expect(judge({ errors })).toMatchObject({
      advice: expect.stringContaining("FieldUndefined in line 3, MissingFieldArgument in line 3"),
    });
  });

  test("for a refused role names the organisation used and the others", () => {
    expect(judge({ data: null, ...withErrors("Authorization failed") })).toMatchObject({
      advice: expect.stringMatching(/made for 1001\. Others of this connection: 1002\./),
    });
    expect(judge(withErrors("Authorization failed"), { tenant: undefined, tenants: [] })).toMatchObject({
      advice: expect.stringContaining("without X-Upwork-API-TenantId"),
    });
  });

  test("for a ciphertext where an id belongs", () => {
    expect(judge(withErrors("Opening not found for uid='~021234567890'"))).toMatchObject({
      advice: expect.stringContaining("takes the numeric id"),
    });
    expect(judge(withErrors("Opening not found for uid='1234567890'"))).toMatchObject({ advice: undefined });
  });

  test("for an input value that Upwork does not take", () => {
    expect(judge(withErrors("VJCA-6: Input parameter provided has incorrect value"))).toMatchObject({
      advice: expect.stringContaining("first: 40"),
    });
  });

  test("for a dead token depends on whether a new consent is needed", () => {
    const body = '{"message":"Authentication failed"}';
    expect(judgeText(body, 401)).toMatchObject({ advice: expect.stringContaining("did not help") });
    expect(judgeText(body, 401, { needsReauth: true })).toMatchObject({
      advice: "Connection acme needs a new consent: open /oauth/start?connection=acme.",
    });
  });

  test("is not given where nothing useful is known", () => {
    expect(judge(withErrors("Something else"))).toEqual({ kind: "errors", advice: undefined });
  });
});

test("an answer without errors is fine, also when its data speaks of errors", () => {
  expect(judge({ data: { user: { id: "1" } } })).toEqual({ kind: "ok" });
  expect(judge({ data: { job: { title: 'fix "errors"', errors: [] } } })).toEqual({ kind: "ok" });
  expect(judge({ data: {}, errors: [] })).toEqual({ kind: "ok" });
});

test.each([403, 503, 200])("a page instead of JSON, with status %i, is no answer of the API", (status) => {
  expect(judgeText("<!DOCTYPE html><title>Just a moment...</title>", status)).toMatchObject({
    kind: "not-graphql",
    advice: expect.stringContaining("web tier"),
  });
});

test("advice is one line of ASCII, whatever Upwork says", () => {
  fc.assert(
    fc.property(fc.anything(), fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (extra, text, field) => {
      const message = `${text} permissions/scopes to access: [${field}, Money.currency] Validation error`;
      for (const value of [withErrors(message, text), { errors: [extra] }, { errors: extra }]) {
        const verdict = judgeText(JSON.stringify(value) ?? "", 200);
        if (verdict.kind === "ok") continue;
        expect(verdict.advice ?? "").toMatch(/^[\x20-\x7e]{0,1000}$/);
      }
    }),
  );
});
