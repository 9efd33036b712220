import fc from "fast-check";
import { expect, test } from "vitest";
import { operations } from "../../../local/secret-operations.ts";
import {
  addVersion,
  type Secret,
  SecretsManagerError,
  type Vault,
  withoutExpired,
} from "../../../local/secret-vault.ts";

const dayMs = 86_400_000;

/** The simplest thing a Secrets Manager could be: the values each name has had, newest last. */
type Model = Map<string, { values: string[]; deletesAt?: number }>;

const names = fc.constantFrom("a", "a/b", "a+c");
const steps = fc.oneof(
  fc.record({ kind: fc.constant("create" as const), name: names, value: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("put" as const), name: names, value: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("update" as const), name: names, value: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("delete" as const), name: names, days: fc.integer({ min: 7, max: 30 }) }),
  fc.record({ kind: fc.constant("force" as const), name: names }),
  fc.record({ kind: fc.constant("restore" as const), name: names }),
  fc.record({ kind: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 12 }) }),
);

test("any sequence of requests leaves what a simple model says", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (sequence) => {
      let vault: Vault = new Map();
      let now = 0;
      let ids = 0;
      const model: Model = new Map();
      const around = () => ({ now, createId: () => `version-${ids++}`, createSuffix: () => "000000" });
      /** Runs a request; the error's type where it was refused. */
      const attempt = (run: () => { vault: Vault }): string => {
        try {
          vault = run().vault;
          return "done";
        } catch (error) {
          if (error instanceof SecretsManagerError) return error.type;
          throw error;
        }
      };
      for (const step of sequence) {
        if (step.kind === "wait") {
          now += step.days * dayMs;
          for (const [name, { deletesAt }] of model)
            if (deletesAt !== undefined && deletesAt <= now) model.delete(name);
          continue;
        }
        vault = withoutExpired(vault, now);
        const { name } = step;
        const known = model.get(name);
        const absentOrDeleted =
          known === undefined ? "ResourceNotFoundException" : known.deletesAt ? "InvalidRequestException" : undefined;
        switch (step.kind) {
          case "create": {
            const request = { Name: name, SecretString: step.value };
            const expected = known ? (known.deletesAt ? "InvalidRequestException" : "ResourceExistsException") : "done";
            expect(attempt(() => operations.CreateSecret(vault, request, around()))).toBe(expected);
            if (!known) model.set(name, { values: [step.value] });
            break;
          }
          case "put":
          case "update": {
            const request = { SecretId: name, SecretString: step.value };
            const operate = step.kind === "put" ? operations.PutSecretValue : operations.UpdateSecret;
            expect(attempt(() => operate(vault, request, around()))).toBe(absentOrDeleted ?? "done");
            if (!absentOrDeleted) known?.values.push(step.value);
            break;
          }
          case "delete": {
            const request = { SecretId: name, RecoveryWindowInDays: step.days };
            expect(attempt(() => operations.DeleteSecret(vault, request, around()))).toBe(absentOrDeleted ?? "done");
            if (known && !absentOrDeleted) known.deletesAt = now + step.days * dayMs;
            break;
          }
          case "force":
            attempt(() =>
              operations.DeleteSecret(vault, { SecretId: name, ForceDeleteWithoutRecovery: true }, around()),
            );
            model.delete(name);
            break;
          case "restore":
            expect(attempt(() => operations.RestoreSecret(vault, { SecretId: name }, around()))).toBe(
              known ? "done" : "ResourceNotFoundException",
            );
            delete known?.deletesAt;
        }
      }
      vault = withoutExpired(vault, now);
      expect([...vault.keys()].toSorted()).toEqual([...model.keys()].toSorted());
      for (const [name, { values, deletesAt }] of model) {
        const read = (VersionStage: string) =>
          operations.GetSecretValue(vault, { SecretId: name, VersionStage }, around()).answer.SecretString;
        if (deletesAt !== undefined) {
          expect(() => read("AWSCURRENT")).toThrow("marked for deletion");
          continue;
        }
        expect(read("AWSCURRENT")).toBe(values.at(-1));
        if (values.length > 1) expect(read("AWSPREVIOUS")).toBe(values.at(-2));
        else expect(() => read("AWSPREVIOUS")).toThrow("AWSPREVIOUS");
      }
    }),
  );
});

test("every stage stands at exactly one version, and a secret keeps a hundred versions", () => {
  const stage = fc.constantFrom("AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "mine");
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(stage, { minLength: 1 }), { minLength: 1, maxLength: 120 }), (puts) => {
      let secret: Secret = { name: "a", arn: "arn", tags: {}, createdAt: 0, changedAt: 0, versions: [] };
      for (const [index, stages] of puts.entries()) {
        secret = addVersion(secret, { id: String(index), value: { string: String(index) }, stages }, index);
      }
      const held = secret.versions.flatMap(({ stages }) => stages);
      expect(new Set(held).size).toBe(held.length);
      expect(held).toContain("AWSCURRENT");
      expect(secret.versions.length).toBeLessThanOrEqual(100);
      expect(secret.versions.at(-1)?.id).toBe(String(puts.length - 1));
    }),
    { numRuns: 50 },
  );
});
