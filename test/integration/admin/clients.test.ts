import { describe, expect, test } from "vitest";
import { readOnlyAccess } from "../../../functions/clients/access.ts";
import { createAuthenticate } from "../../../functions/clients/authenticate.ts";
import { insertClient } from "../../../functions/clients/clients.ts";
import type { StateTable } from "../../../functions/platform/state-table.ts";
import { type AdminReply, adminApi } from "../../support/admin-api.ts";
import { onFreshStateTable } from "../../support/fresh-tables.ts";

let table: StateTable;
let admin: ReturnType<typeof adminApi>;

onFreshStateTable((fresh) => {
  table = fresh;
  admin = adminApi({ table, keyKind: "test", limits: [{ name: "day", quota: 1_000, seconds: 86_400 }] });
});

const create = (id: string, more: object = {}, now?: number): Promise<AdminReply> =>
  admin("POST", "/admin/clients", { body: { id, connection: "acme", ...more }, ...(now === undefined ? {} : { now }) });
const keyOf = (reply: AdminReply) => (reply.body.key as { key: string; id: string }) ?? {};
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe("a client", () => {
  test("only reads, unless told otherwise, and its key works at once", async () => {
    const created = await create("crm", { name: "CRM" });
    expect(created).toMatchObject({
      status: 201,
      headers: { etag: '"2"', location: "/admin/clients/crm" },
      body: {
        client: {
          id: "crm",
          name: "CRM",
          connection: "acme",
          access: readOnlyAccess,
          share: { guaranteed: 0, priority: "interactive", mode: "enforce" },
          checks: true,
        },
        key: { key: expect.stringMatching(/^ugw_test_[a-z0-9]{10}_\w{49}$/) },
      },
    });
    const client = await createAuthenticate(table, "test")(bearer(keyOf(created).key));
    expect(client).toMatchObject({ id: "crm", access: readOnlyAccess });
  });

  test("is shown without anything of its keys' hashes", async () => {
    const created = await create("crm");
    const shown = [await admin("GET", "/admin/clients/crm"), await admin("GET", "/admin/clients"), created];
    for (const reply of shown) expect(JSON.stringify(reply)).not.toContain("hash");
    expect(shown[0]?.body).toEqual(created.body.client);
  });

  test("keeps what its access leaves out as for one that reads", async () => {
    const created = await create("poster", { access: { rules: ["POST /api/hr/v2/jobs"] } });
    expect(created.body.client).toMatchObject({ access: { ...readOnlyAccess, rules: ["POST /api/hr/v2/jobs"] } });
  });

  test("of the same id is a conflict", async () => {
    await create("crm");
    expect(await create("crm")).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("exists already") },
    });
  });

  test("that nobody made is 404, whatever is asked of it", async () => {
    const match = { headers: { "if-match": "*" } };
    for (const [method, path, call] of [
      ["GET", "/admin/clients/nobody", {}],
      ["PATCH", "/admin/clients/nobody", { ...match, body: {} }],
      ["DELETE", "/admin/clients/nobody", match],
      ["GET", "/admin/clients/nobody/keys", {}],
      ["POST", "/admin/clients/nobody/keys", {}],
      ["POST", "/admin/clients/nobody/keys/rotate", {}],
    ] as const) {
      expect(await admin(method, path, call), `${method} ${path}`).toMatchObject({ status: 404 });
    }
  });

  test("with a guarantee that cannot be kept is refused with the arithmetic", async () => {
    expect((await create("a", { share: { guaranteed: 900 } })).status).toBe(201);
    expect(await create("b", { share: { guaranteed: 100 } })).toMatchObject({
      status: 409,
      body: {
        detail: expect.stringContaining("900 (a) + 100 (b) = 1000"),
        errors: [{ pointer: "/body/share/guaranteed" }],
      },
    });
  });

  test("with a cap below its own guarantee is refused, and both numbers are named", async () => {
    expect(await create("crm", { share: { guaranteed: 100, cap: 99 } })).toMatchObject({
      status: 422,
      body: {
        type: expect.stringContaining("#request-invalid"),
        detail: expect.stringMatching(/^\/body\/share\/cap: .*\b99\b.*\b100\b/),
        errors: [{ pointer: "/body/share/cap" }],
      },
    });
    expect((await admin("GET", "/admin/clients/crm")).status).toBe(404);
    expect((await create("crm", { share: { guaranteed: 100, cap: 100 } })).status).toBe(201);
  });

  test("may have a temporary cap below its guarantee", async () => {
    const temporary = { cap: 0, until: "2100-01-01T00:00:00Z" };
    const created = await create("crm", { share: { guaranteed: 100, cap: 100, temporary } });
    expect(created).toMatchObject({ status: 201, body: { client: { share: { temporary } } } });
  });
});

describe("a change", () => {
  test("changes what it names, and null takes a cap away", async () => {
    await create("crm", { share: { cap: 50, guaranteed: 10 }, access: { graphql: false } });
    const { headers } = await admin("GET", "/admin/clients/crm");
    const changed = await admin("PATCH", "/admin/clients/crm", {
      headers: { "if-match": headers.etag ?? "" },
      body: { name: "New", access: { rules: ["ANY /**"] }, share: { cap: null, priority: "batch" } },
    });
    expect(changed).toMatchObject({ status: 200, headers: { etag: '"3"' } });
    expect(changed.body).toMatchObject({
      name: "New",
      connection: "acme",
      access: { rules: ["ANY /**"], graphql: false },
      share: { guaranteed: 10, priority: "batch" },
    });
    expect(changed.body.share).not.toHaveProperty("cap");
    expect((await admin("GET", "/admin/clients/crm")).body).toEqual(changed.body);
  });

  test("that puts the cap below the guarantee is refused at the field that does it", async () => {
    await create("crm", { share: { guaranteed: 10, cap: 50 } });
    const change = (share: object) =>
      admin("PATCH", "/admin/clients/crm", { headers: { "if-match": "*" }, body: { share } });
    for (const [share, pointer, first, second] of [
      [{ cap: 9 }, "/body/share/cap", 9, 10],
      [{ guaranteed: 51 }, "/body/share/guaranteed", 50, 51],
      [{ cap: 60, guaranteed: 61 }, "/body/share/cap", 60, 61],
    ] as const) {
      expect(await change(share), JSON.stringify(share)).toMatchObject({
        status: 422,
        body: {
          detail: expect.stringMatching(new RegExp(`^${pointer}: .*\\b${first}\\b.*\\b${second}\\b`)),
          errors: [{ pointer }],
        },
      });
    }
    expect((await admin("GET", "/admin/clients/crm")).body.share).toMatchObject({ guaranteed: 10, cap: 50 });
    for (const share of [
      { cap: 10 },
      { cap: null, guaranteed: 51 },
      { temporary: { cap: 1, until: "2100-01-01T00:00:00Z" } },
    ]) {
      expect((await change(share)).status, JSON.stringify(share)).toBe(200);
    }
  });

  test("of something else is taken of a client whose cap has long been below its guarantee", async () => {
    const share = { guaranteed: 10, cap: 5, priority: "interactive", mode: "enforce" } as const;
    await insertClient(table, { id: "old", name: "Old", connection: "acme", share }, Date.now());
    const change = (body: object) => admin("PATCH", "/admin/clients/old", { headers: { "if-match": "*" }, body });
    expect(await change({ name: "New", share: { priority: "batch" } })).toMatchObject({
      status: 200,
      body: { name: "New", share: { ...share, priority: "batch" } },
    });
    expect((await change({ share: { cap: 6 } })).status).toBe(422);
    expect((await change({ share: { cap: 10 } })).status).toBe(200);
  });

  test("of two operators who read the same, only the first is taken", async () => {
    await create("crm");
    const etag = (await admin("GET", "/admin/clients/crm")).headers.etag ?? "";
    const change = (name: string) =>
      admin("PATCH", "/admin/clients/crm", { headers: { "if-match": etag }, body: { name } });
    expect((await change("first")).status).toBe(200);
    expect(await change("second")).toMatchObject({ status: 412, headers: { etag: '"3"' } });
    expect((await admin("GET", "/admin/clients/crm")).body.name).toBe("first");
  });

  test("of ten at the very same moment, exactly one is taken", async () => {
    await create("crm");
    const headers = { "if-match": '"2"' };
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        admin("PATCH", "/admin/clients/crm", { headers, body: { name: `n${index}` } }),
      ),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
  });

  test("without If-Match is refused, and so is one with a weak tag", async () => {
    await create("crm");
    expect((await admin("PATCH", "/admin/clients/crm", { body: {} })).status).toBe(428);
    expect((await admin("DELETE", "/admin/clients/crm")).status).toBe(428);
    expect((await admin("DELETE", "/admin/clients/crm", { headers: { "if-match": 'W/"2"' } })).status).toBe(412);
  });

  test("removes the client and ends its keys; a namesake does not inherit them", async () => {
    const { key } = keyOf(await create("crm"));
    expect((await admin("DELETE", "/admin/clients/crm", { headers: { "if-match": '"2"' } })).status).toBe(204);
    expect((await admin("GET", "/admin/clients/crm")).status).toBe(404);
    await create("crm");
    await expect(createAuthenticate(table, "test")(bearer(key))).rejects.toMatchObject({ kind: "key-refused" });
  });
});

describe("keys", () => {
  const keys = async (now?: number) =>
    (await admin("GET", "/admin/clients/crm/keys", now === undefined ? {} : { now })).body.items ?? [];

  test("are two at most, however many ask at once", async () => {
    await create("crm");
    const asked = await Promise.all(Array.from({ length: 6 }, () => admin("POST", "/admin/clients/crm/keys")));
    expect(asked.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(asked.filter(({ status }) => status === 409)).toHaveLength(5);
    expect(await keys()).toHaveLength(2);
  });

  test("are shown once: lists have their ids and times", async () => {
    const { id } = keyOf(await create("crm"));
    const [listed] = await keys();
    expect(listed).toEqual({ id, createdAt: expect.stringMatching(/^2\d{3}-/) });
  });

  test("rotate with overlap: the old one goes on for as long as was said, the oldest of two ends at once", async () => {
    let now = Date.UTC(2026, 0, 1);
    const oldest = keyOf(await create("crm", {}, now)).key;
    now += 1_000;
    const second = (await admin("POST", "/admin/clients/crm/keys", { now })).body.key as string;
    now += 1_000;
    const rotated = await admin("POST", "/admin/clients/crm/keys/rotate", { now, body: { overlapSeconds: 60 } });
    const newest = rotated.body.key as string;
    expect(rotated.status).toBe(201);
    const isTaken = async (key: string, at: number) =>
      createAuthenticate(
        table,
        "test",
        () => at,
      )(bearer(key)).then(
        () => true,
        () => false,
      );
    expect(await isTaken(oldest, now)).toBe(false);
    expect(await isTaken(second, now + 59_999)).toBe(true);
    expect(await isTaken(second, now + 60_000)).toBe(false);
    expect(await isTaken(newest, now + 60_000)).toBe(true);
    expect(await keys(now)).toHaveLength(2);
    expect(await keys(now + 60_000)).toHaveLength(1);
    expect((await admin("POST", "/admin/clients/crm/keys", { now: now + 60_000 })).status).toBe(201);
  });

  test("stop within a minute of being revoked, everywhere", async () => {
    const { key, id } = keyOf(await create("crm"));
    let now = Date.now();
    const warm = createAuthenticate(table, "test", () => now);
    expect((await warm(bearer(key))).id).toBe("crm");
    expect((await admin("DELETE", `/admin/clients/crm/keys/${id}`)).status).toBe(204);
    // A process that never saw the key refuses it at once; one that did believes it for 60 s at most.
    await expect(createAuthenticate(table, "test")(bearer(key))).rejects.toMatchObject({ kind: "key-refused" });
    now += 60_000;
    await expect(warm(bearer(key))).rejects.toMatchObject({ kind: "key-refused" });
    expect((await admin("DELETE", `/admin/clients/crm/keys/${id}`)).status).toBe(404);
  });

  test("are revoked by their own client's route only", async () => {
    const { id } = keyOf(await create("crm"));
    await create("other");
    expect((await admin("DELETE", `/admin/clients/other/keys/${id}`)).status).toBe(404);
    expect(await keys()).toHaveLength(1);
  });
});

describe("a list", () => {
  test("comes in pages, in the order of ids, each client once", async () => {
    for (const id of ["e", "c", "a", "d", "b"]) await create(id);
    const seen: unknown[] = [];
    let cursor: unknown;
    do {
      const reply = await admin("GET", "/admin/clients", {
        query: `limit=2${cursor === undefined ? "" : `&cursor=${cursor}`}`,
      });
      expect(reply.status).toBe(200);
      seen.push(...(reply.body.items ?? []).map(({ id }) => id));
      cursor = reply.body.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("answers 304 to whoever has seen this very version", async () => {
    await create("crm");
    const { headers } = await admin("GET", "/admin/clients/crm");
    expect(
      await admin("GET", "/admin/clients/crm", { headers: { "if-none-match": headers.etag ?? "" } }),
    ).toMatchObject({
      status: 304,
      body: {},
    });
  });
});
