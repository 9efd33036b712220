import { expect, test } from "vitest";
import { readOauth1Application, readOauth2Application } from "../../../functions/oauth/application.ts";
import { secretNames } from "../../../functions/platform/names.ts";
import type { SecretStore } from "../../../functions/platform/secrets.ts";

const holding = (values: Record<string, string>) => {
  const forgotten: string[] = [];
  const secrets: SecretStore = {
    read: async (name) => values[name],
    readStored: async () => undefined,
    write: async () => undefined,
    writeOnce: async () => true,
    writeNext: async () => true,
    remove: async () => undefined,
    forget: (name) => void forgotten.push(name),
  };
  return { secrets, forgotten };
};
const oauth1 = secretNames.oauth1Application("p");
const oauth2 = secretNames.oauth2Application("p");

test("reads either application", async () => {
  const { secrets } = holding({
    [oauth1]: '{"consumerKey":"k","consumerSecret":"s"}',
    [oauth2]: '{"clientId":"i","clientSecret":"s"}',
  });
  expect(await readOauth1Application(secrets, "p")).toEqual({ key: "k", secret: "s" });
  expect(await readOauth2Application(secrets, "p")).toEqual({
    clientId: "i",
    clientSecret: "s",
    grant: "authorization_code",
  });
});

test.each([
  undefined,
  "not json",
  "[]",
  '{"clientId":"","clientSecret":""}',
  '{"clientId":"i","clientSecret":"s","grant":"implicit"}',
])("says which secret to fill when it holds %j, and reads it anew the next time", async (value) => {
  const { secrets, forgotten } = holding(value === undefined ? {} : { [oauth1]: value, [oauth2]: value });
  await expect(readOauth1Application(secrets, "p")).rejects.toThrow(`Secret "${oauth1}" does not hold`);
  await expect(readOauth2Application(secrets, "p")).rejects.toMatchObject({
    kind: "application-not-configured",
    message: expect.stringContaining('{"clientId": "...", "clientSecret": "..."}'),
  });
  expect(forgotten).toEqual([oauth1, oauth2]);
});
