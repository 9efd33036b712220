import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";

// What npm would publish, unpacked where no dependency of this repository can be found, and run.
let folder: string;
let bins: Record<string, string>;
beforeAll(() => {
  folder = temporaryFolder("packed-");
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    stdio: ["ignore", "ignore", "inherit"],
    // npm would keep its compiled code among the temporary files.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  const [tarball = ""] = readdirSync(folder);
  execFileSync("tar", ["-xf", join(folder, tarball), "-C", folder]);
  ({ bin: bins } = JSON.parse(readFileSync(join(folder, "package", "package.json"), "utf8")));
}, 120_000);

const packed = (name: string) => join(folder, "package", bins[name] ?? "missing");

describe("the packed programs", () => {
  test("are there, and nothing else of the repository", () => {
    expect(Object.keys(bins).toSorted()).toEqual(["upwork-gateway", "upwork-sandbox"]);
    expect(readdirSync(join(folder, "package")).toSorted()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
  });

  test("start by themselves, as npm's links start them", () => {
    for (const name of Object.keys(bins)) {
      const { stdout, status } = spawnSync(packed(name), ["--help"], { encoding: "utf8" });
      expect([status, stdout.startsWith(`Usage: ${name}`)]).toEqual([0, true]);
    }
  });

  test("the sandbox serves REST, GraphQL and its control page", async () => {
    const child = spawn(process.execPath, [packed("upwork-sandbox"), "--port", "0", "--json"], { cwd: folder });
    try {
      const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
      const { url, control, consumerKey: key } = JSON.parse(value ?? "{}");
      expect((await fetch(`${url}/api/auth/v1/info`)).status).toBe(401);
      expect(await (await fetch(control)).text()).toContain("The sandbox");
      const issue = (key: string) =>
        fetch(`${control}/api/issue-token`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ key, user: "ada" }),
        });
      expect((await issue(key)).status).toBe(200);
      const { result } = JSON.parse(await (await issue("demo0000000000000000000000000002")).text());
      const ask = async (query: string) => {
        const headers = { authorization: `Bearer ${result.accessToken}` };
        const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
        return answer.json();
      };
      expect(await ask("{ user { nid } }")).toEqual({ data: { user: { nid: "ada" } } });
      // The rules' names have come through the bundler.
      expect(await ask("{ user { x } }")).toMatchObject({
        errors: [{ message: "Validation error of type FieldUndefined: Field 'x' in type 'CurrentUser' is undefined" }],
      });
      const end = once(child, "close");
      child.kill("SIGTERM");
      expect(await end).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
