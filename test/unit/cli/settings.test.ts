import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfigFile, readSettings, writeConfigFile } from "../../../cli/settings.ts";
import type { Surroundings } from "../../../cli/surroundings.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

function surroundings(overrides: Partial<Surroundings> = {}): Surroundings {
  const home = temporaryFolder("cli-settings-");
  return {
    env: {},
    cwd: home,
    home,
    out: () => {},
    err: () => {},
    isTerminal: false,
    columns: 80,
    now: () => 0,
    fetch,
    input: async function* () {},
    askSecret: async () => "",
    openBrowser: async () => {},
    sleep: async () => {},
    readSecret: async () => undefined,
    writeSecret: async () => {},
    ...overrides,
  };
}

describe("settings", () => {
  test("a flag counts before the environment, and that before the config file", () => {
    const around = surroundings({ env: { UPWORK_GATEWAY_URL: "https://environment.example" } });
    writeConfigFile(join(around.home, ".config", "upwork-gateway", "config.json"), { url: "https://file.example" });
    expect(readSettings(around, { url: "https://flag.example" }).url).toBe("https://flag.example");
    expect(readSettings(around, {}).url).toBe("https://environment.example");
    expect(readSettings({ ...around, env: {} }, {}).url).toBe("https://file.example");
    expect(readSettings(surroundings(), {}).url).toBe("http://localhost:4000");
  });

  test("a config file is written for its owner alone, and refused when others may read it", () => {
    const path = join(surroundings().home, "deep", "config.json");
    writeConfigFile(path, { key: "k" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o640);
    expect(() => readConfigFile(path)).toThrow(`Run: chmod 600 ${path}`);
    writeConfigFile(path, { key: "k" });
    expect(readConfigFile(path)).toEqual({ key: "k" });
  });

  test.each([
    ["no JSON", "{", "is not JSON"],
    ["a wrong type", '{"url": 1}', 'is wrong at "url"'],
    ["an unknown member", '{"uri": "x"}', "is wrong at"],
  ])("a config file with %s is refused with its path", (_what, text, message) => {
    const path = join(surroundings().home, "config.json");
    writeFileSync(path, text, { mode: 0o600 });
    expect(() => readConfigFile(path)).toThrow(message);
    expect(() => readConfigFile(path)).toThrow(path);
  });

  test.each(["ftp://x", "nonsense", "https://user:pass@host", "https://host/?q"])("%s is no address", (url) => {
    expect(() => readSettings(surroundings(), { url })).toThrow("is no address of a gateway");
  });

  test("a key never travels unencrypted to another machine", () => {
    expect(() => readSettings(surroundings(), { url: "http://gateway.example" })).toThrow("Use https.");
    expect(readSettings(surroundings(), { url: "http://127.0.0.1:4000/" }).url).toBe("http://127.0.0.1:4000");
  });

  test("beside a local gateway its demo client's key is found, and never sent elsewhere", () => {
    const around = surroundings();
    mkdirSync(join(around.cwd, ".local"));
    writeFileSync(join(around.cwd, ".local", "client-key-test"), "ugw_test_demo\n");
    expect(readSettings(around, {}).clientKey()).toBe("ugw_test_demo");
    expect(() => readSettings(around, { url: "https://gateway.example" }).clientKey()).toThrow("No client key.");
  });

  test("the admin key is read from AWS only when asked, under the stage's name", async () => {
    const asked: string[] = [];
    const around = surroundings({
      readSecret: async (name) => {
        asked.push(name);
        return JSON.stringify({ current: "admin-key" });
      },
    });
    expect(await readSettings(around, {}).adminKey()).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await readSettings(around, { aws: true, stage: "dev" }).adminKey()).toBe("admin-key");
    expect(asked).toEqual(["upwork-gateway/dev/admin-key"]);
    const none = readSettings(surroundings(), { aws: true }).adminKey();
    await expect(none).rejects.toThrow("does not exist in this account and region");
  });
});
