import { describe, expect, test } from "vitest";
import { cut, table } from "../../../cli/table.ts";
import { runCli } from "../../support/cli.ts";

describe("a table", () => {
  const wide = { isTerminal: false, columns: 80 };
  const columns = [
    { title: "ID", value: (row: { id: string }) => row.id },
    { title: "NAME", value: (row: { name: string }) => row.name, most: 10 },
  ];

  test("cuts a name that is too long, and never an id", () => {
    const id = "i".repeat(70);
    const rows = [
      { id, name: "exactly-10" },
      { id, name: "more than ten" },
    ];
    expect(table(wide, rows, columns, "none").split("\n").slice(1, 3)).toEqual([
      `${id}  exactly-10`,
      `${id}  more th...`,
    ]);
  });

  test("cuts no character in two", () => {
    const rows = [{ id: "a", name: "123456\u{1f600}\u{1f600}\u{1f600}" }];
    expect(table(wide, rows, columns, "none").split("\n")[1]).toBe("a   123456...");
  });

  test("is never wider by being cut, however little room there is", () => {
    expect([0, 1, 2, 3, 4].map((most) => cut("abcdef", most))).toEqual(["", ".", "..", "...", "a..."]);
  });

  test("shows nothing of what turns the text after it around", () => {
    expect(table(wide, [{ id: "a", name: "l\u202evil" }], columns, "none")).toContain("l?vil");
  });
});

test.each([
  [0, "0 deliveries are due again."],
  [1, "1 delivery is due again."],
  [2, "2 deliveries are due again."],
])("replaying %i says so in a sentence", async (replayed, said) => {
  const fetch = async () => Response.json({ replayed, more: false }, { status: 202 });
  const env = { UPWORK_GATEWAY_ADMIN_KEY: "admin" };
  const { out } = await runCli(["webhooks", "replay", "bus"], { env, fetch });
  expect(out).toBe(`${said}\n`);
});
