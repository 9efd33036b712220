import type { Command, Option } from "commander";
import { createProgram } from "../../cli/program.ts";
import type { Surroundings } from "../../cli/surroundings.ts";

/** A command that does something, as the program itself knows it. */
export type Leaf = { name: string; command: Command };

/** Whom a line asks before anything else; `nobody` is the gateway without a key. */
type Asked = "client" | "admin" | "nobody" | "aws" | "none";

/** One way to use a command rightly: what stands behind its name. */
export type Line = { leaf: string; args: readonly string[]; asks: Asked; passesOn?: boolean };

const rows: readonly [leaf: string, asks: Asked, ...args: string[]][] = [
  ["login", "nobody"],
  ["configure", "aws"],
  ["doctor", "nobody"],
  ["doctor", "nobody", "--call"],
  ["open", "none"],
  ["connect", "admin", "acme"],
  ["connections list", "admin"],
  ["connections show", "admin", "acme"],
  ["connections set", "admin", "acme", "--tenant", "1001"],
  ["connections disconnect", "admin", "acme"],
  ["clients create", "admin", "crm"],
  ["clients list", "admin"],
  ["clients show", "admin", "crm"],
  ["clients set", "admin", "crm", "--name", "CRM"],
  ["clients rotate", "admin", "crm"],
  ["clients revoke", "admin", "crm", "0123456789"],
  ["clients oauth1-keys", "admin", "crm"],
  ["clients oauth1-keys", "admin", "crm", "--list"],
  ["clients oauth1-keys", "admin", "crm", "--revoke", "0123456789"],
  ["clients remove", "admin", "crm"],
  ["call", "client", "POST", "/api/x"],
  ["graphql", "client", "{ user { id } }"],
  ["ids", "client"],
  ["ids", "client", "--graphql"],
  ["budget", "client"],
  ["watches create", "admin", "jobs"],
  ["watches try", "admin", "jobs"],
  ["watches list", "admin"],
  ["watches show", "admin", "wat_0123456789abcdef0123"],
  ["watches pause", "admin", "wat_0123456789abcdef0123"],
  ["watches resume", "admin", "wat_0123456789abcdef0123"],
  ["watches run", "admin", "wat_0123456789abcdef0123"],
  ["watches test", "admin", "wat_0123456789abcdef0123"],
  ["watches remove", "admin", "wat_0123456789abcdef0123"],
  ["webhooks create", "admin", "https://hooks.example.com/"],
  ["webhooks list", "admin"],
  ["webhooks set", "admin", "wh_0123456789abcdef0123", "--name", "jobs"],
  ["webhooks enable", "admin", "wh_0123456789abcdef0123"],
  ["webhooks disable", "admin", "wh_0123456789abcdef0123"],
  ["webhooks test", "admin", "wh_0123456789abcdef0123"],
  ["webhooks rotate", "admin", "wh_0123456789abcdef0123"],
  ["webhooks deliveries", "admin", "wh_0123456789abcdef0123"],
  ["webhooks replay", "admin", "wh_0123456789abcdef0123"],
  ["webhooks replay", "admin", "wh_0123456789abcdef0123", "000000000000001.msg_1"],
  ["webhooks remove", "admin", "wh_0123456789abcdef0123"],
  ["hooks create", "admin", "look", "--client", "crm", "--watch", "wat_0123456789abcdef0123"],
  ["hooks create", "admin", "look", "--client", "crm", "--call", "GET", "/api/x"],
  ["hooks list", "admin"],
  ["hooks remove", "admin", "hook_0123456789abcdef0123"],
  ["usage", "admin"],
  ["calls", "admin"],
  ["reopen", "admin"],
  ["rotate-admin-key", "admin"],
  ["complete", "none", "bash"],
];

/** Every command at least once; what `call` and `graphql` get they pass on, whatever it is. */
export const lines: readonly Line[] = rows.map(([leaf, asks, ...args]) => ({
  leaf,
  asks,
  args,
  passesOn: leaf === "call" || leaf === "graphql",
}));

/** The words of a line behind the program's name. */
export function wordsOf({ leaf, args }: Line): string[] {
  return [...leaf.split(" "), ...args];
}

const silent = { out: () => {}, err: () => {} } as unknown as Surroundings;

/** Every command of the real program that is no group of others. */
export function leaves(): Leaf[] {
  const below = (command: Command, path: string): Leaf[] =>
    command.commands.flatMap((child) => {
      const name = `${path} ${child.name()}`.trim();
      return child.commands.length === 0 ? [{ name, command: child }] : below(child, name);
    });
  return below(createProgram(silent), "");
}

/** What every command takes beside its own options. */
export function globalOptions(): readonly Option[] {
  return createProgram(silent).options;
}

/** The placeholder of an option's value, such as `name=value`; undefined for one that takes none. */
export function placeholderOf({ flags }: Option): string | undefined {
  return /[<[](.+?)(\.\.\.)?[>\]]/.exec(flags)?.[1];
}
