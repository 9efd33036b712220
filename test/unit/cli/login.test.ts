import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../support/cli.ts";
import { goodAnswer, json, responseOf } from "../../support/cli-answers.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const healthy: typeof fetch = async () => responseOf(goodAnswer("GET", "/health"));
const keys = (...answers: string[]) => ({ askSecret: async () => answers.shift() ?? "" });

describe("login", () => {
  test("stores what was typed where --config says, also where nothing was yet", async () => {
    const home = temporaryFolder("cli-login-");
    const words = [
      "login",
      "--admin",
      "--config",
      "deep/own.json",
      "--url",
      "https://gateway.example",
      "--stage",
      "dev",
    ];
    const result = await runCli(words, { home, fetch: healthy, ...keys(" ugw_test_typed \n", "admin-typed") });
    expect(result).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(readFileSync(join(home, "deep", "own.json"), "utf8"))).toEqual({
      url: "https://gateway.example",
      stage: "dev",
      key: "ugw_test_typed",
      adminKey: "admin-typed",
    });
    expect(result.out).not.toContain("typed");
  });

  test("stores nothing of what cannot be a key, and does not show it", async () => {
    for (const [key, adminKey, named] of [
      ["two words", "", "Client key"],
      ["ugw_test_k", "ümlaut", "Admin key"],
    ] as const) {
      const home = temporaryFolder("cli-login-");
      const result = await runCli(["login", "--admin"], { home, fetch: healthy, ...keys(key, adminKey) });
      expect(result).toMatchObject({ code: 2, out: "" });
      expect(result.err).toContain(`${named} holds no key`);
      expect(result.err).not.toMatch(/two words|ümlaut/);
      expect(existsSync(join(home, ".config"))).toBe(false);
    }
  });

  test("asks for no key where no gateway answers", async () => {
    for (const served of [json(200, {}), json(404, { message: "Not Found" })]) {
      const asked: string[] = [];
      const askSecret = async (question: string) => {
        asked.push(question);
        return "k";
      };
      const result = await runCli(["login"], { fetch: async () => responseOf(served), askSecret });
      expect([3, 5]).toContain(result.code);
      expect(asked).toEqual([]);
    }
  });

  test("says where it cannot write", async () => {
    const home = temporaryFolder("cli-login-");
    writeFileSync(join(home, ".config"), "a file where a folder should be");
    const below = await runCli(["login"], { home, fetch: healthy, ...keys("ugw_test_k") });
    expect(below).toMatchObject({ code: 2, out: "" });
    expect(below.err).toContain("The config file");
    mkdirSync(join(home, "folder"));
    const folder = await runCli(["login", "--config", "folder"], { home, fetch: healthy, ...keys("ugw_test_k") });
    expect(folder).toMatchObject({ code: 2, out: "" });
    expect(folder.err).toContain(join(home, "folder"));
  });
});

describe("a browser", () => {
  test("that cannot be opened leaves the address to the person", async () => {
    const openBrowser = () => Promise.reject(new Error("spawn xdg-open ENOENT"));
    for (const words of [["open"], ["connect", "acme"]]) {
      const result = await runCli(words, { fetch: healthy, openBrowser });
      expect(result.code).toBe(0);
      expect(result.out).toMatch(/https?:\/\//);
      expect(result.err).toBe("No browser could be opened. Open the address above in one.\n");
    }
  });

  test.each(["file:///etc/passwd", "javascript:alert(1)", "ms-calculator:", "--help", "nonsense"])(
    "is not opened with %s, whoever says so",
    async (url) => {
      const opened: string[] = [];
      const openBrowser = async (address: string) => void opened.push(address);
      await runCli(["connect", "acme"], { fetch: async () => responseOf(json(201, { url })), openBrowser });
      expect(opened).toEqual([]);
    },
  );
});
