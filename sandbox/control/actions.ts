import * as z from "zod/mini";
import type { Context } from "../context.ts";
import { checkRule, FaultRuleError, readRule } from "../faults/rules.ts";
import { type LimitPreset, type LimitSettings, limitPresets, type WindowName } from "../limits/limits.ts";
import { permissions } from "../permissions.ts";
import { reset } from "./reset.ts";
import { ControlError, changedQuotas, readSwitches } from "./settings.ts";

/** What the control page and its JSON can do: what it takes, as JSON or as the strings of a form, and what it does. */
type Action = { says: string; run: (context: Context, given: Readonly<Record<string, unknown>>) => unknown };

function action<Schema extends z.ZodMiniType>(
  says: string,
  schema: Schema,
  run: (context: Context, asked: z.output<Schema>) => unknown,
): Action {
  return {
    says,
    run(context, given) {
      const asked = schema.safeParse(given);
      if (asked.success) return run(context, asked.data);
      const [issue] = asked.error.issues;
      throw new ControlError(`${issue?.path.join(".") || "The body"}: ${issue?.message ?? "is wrong"}`);
    },
  };
}

/** A number, or the text of one as a form sends it; `null` and "" are none. */
const number = z.pipe(z.union([z.number(), z.string().check(z.minLength(1))]), z.coerce.number());
const text = z.string();
/** JSON says it, and so does a form's word. */
const yesOrNo = z.union([z.boolean(), z.stringbool()]);
const optional = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.optional(
    z.pipe(
      z.transform((given) => (given === "" ? undefined : given)),
      z.optional(schema),
    ),
  );
const farFuture = Date.UTC(3000, 0);
const permissionNames = Object.keys(permissions);

export const actions = {
  "advance-clock": action(
    "moves the sandbox's clock, backwards with a minus",
    z.object({ seconds: number }),
    ({ clock }, { seconds }) => {
      const then = clock.now() + seconds * 1000;
      if (!(then >= 0 && then < farFuture)) throw new ControlError("The clock goes from 1970 to 2999.");
      clock.advance(seconds * 1000);
    },
  ),
  "add-fault": action(
    "lets calls go wrong",
    z.union([
      z.object({ rule: text }),
      z.object({
        fault: text,
        value: optional(number),
        method: optional(text),
        path: optional(text),
        times: optional(number),
        every: optional(number),
      }),
    ]),
    ({ faults }, asked) => faults.add("rule" in asked ? readRule(asked.rule) : checkRule(withoutAbsent(asked))),
  ),
  "remove-fault": action("ends one fault", z.object({ id: number }), ({ faults }, { id }) => {
    if (!faults.remove(id)) throw new ControlError(`There is no fault ${id}.`);
  }),
  "clear-faults": action("ends every fault", z.object({}), ({ faults }) => faults.clear()),
  "set-limits": action(
    "changes what is limited: a preset, or single settings",
    z.object({
      preset: optional(z.enum(Object.keys(limitPresets) as [LimitPreset, ...LimitPreset[]])),
      second: optional(number),
      minute: optional(number),
      hour: optional(number),
      day: optional(number),
      dayFrom: optional(z.enum(["utc", "rolling"])),
      afterRefusal: optional(z.enum(["room", "quiet"])),
      retryAfter: optional(yesOrNo),
      disableAfter: optional(number.check(z.gte(0))),
      disabledStatus: optional(number.check(z.refine((status) => status === 401 || status === 403))),
    }),
    setLimits,
  ),
  "set-key": action(
    "disables or enables a key, or changes what it may do",
    z.object({
      key: text,
      disabled: optional(yesOrNo),
      permissions: optional(z.union([z.array(text), text])),
      redirectUri: optional(z.url()),
    }),
    setKey,
  ),
  "issue-token": action(
    "gives an OAuth 2.0 token, or an OAuth 1.0a one, without a browser",
    z.object({ key: text, user: text }),
    issueToken,
  ),
  "revoke-token": action("ends one token of either kind", z.object({ token: text }), (context, { token }) => {
    const today = context.oauth2.tokens.list(context.clock.now()).find((known) => known.token === token);
    if (today !== undefined) context.oauth2.tokens.revoke(token, today.clientId);
    else if (!context.tokens.revoke(token)) throw new ControlError("There is no such token.");
  }),
  "revoke-tokens": action("ends every token", z.object({}), ({ tokens, oauth2 }) => {
    tokens.revokeAll();
    oauth2.tokens.revokeAll();
  }),
  "set-switches": action("changes how strict the sandbox is", z.record(text, z.unknown()), setSwitches),
  "clear-calls": action("forgets the calls so far", z.object({}), ({ log }) => log.clear()),
  reset: action("makes the world new; ends tokens, faults and counts", z.object({}), reset),
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;
export const isAction = (name: string): name is ActionName => Object.hasOwn(actions, name);

/** Does it; throws a ControlError or FaultRuleError whose message is for whoever asked. */
export function act(context: Context, name: ActionName, given: Readonly<Record<string, unknown>>): unknown {
  return actions[name].run(context, given);
}

export const isMistake = (error: unknown): error is Error =>
  error instanceof ControlError || error instanceof FaultRuleError;

type LimitsAsked = {
  preset?: LimitPreset | undefined;
  dayFrom?: LimitSettings["day"] | undefined;
  afterRefusal?: LimitSettings["afterRefusal"] | undefined;
  retryAfter?: boolean | undefined;
  disableAfter?: number | undefined;
  disabledStatus?: number | undefined;
} & { [Name in WindowName]?: number | undefined };

function setLimits({ limits }: Context, asked: LimitsAsked): void {
  const { preset, dayFrom, disabledStatus, afterRefusal, retryAfter, disableAfter, ...quotas } = asked;
  const before = preset === undefined ? limits.settings() : limitPresets[preset];
  limits.change({
    ...before,
    ...withoutAbsent({ day: dayFrom, afterRefusal, retryAfter, disableAfter }),
    ...(disabledStatus === undefined ? {} : { disabledStatus: disabledStatus === 401 ? 401 : 403 }),
    quotas: changedQuotas(before.quotas, quotas),
  });
}

type KeyAsked = {
  key: string;
  disabled?: boolean | undefined;
  permissions?: string | string[] | undefined;
  redirectUri?: string | undefined;
};

function setKey(context: Context, asked: KeyAsked): void {
  const { key, disabled, redirectUri } = asked;
  const list = typeof asked.permissions === "string" ? asked.permissions.split(/[\s,]+/) : asked.permissions;
  const legacy = context.applications.find(({ consumerKey }) => consumerKey === key);
  const today = context.oauth2.applications.find(({ clientId }) => clientId === key);
  if (legacy === undefined && today === undefined) throw new ControlError(`There is no key ${key}.`);
  if (disabled !== undefined) context.limits.setDisabled(key, disabled);
  if (redirectUri !== undefined && today !== undefined) {
    replaceToday(context, { ...today, redirectUris: [...today.redirectUris, redirectUri] });
  }
  if (list === undefined) return;
  const names = list.filter((name) => name !== "");
  if (today !== undefined) {
    replaceToday(context, { ...today, scopes: names });
    // Upwork ends a key's tokens when its scopes change: everybody has to consent anew.
    context.oauth2.tokens.revokeAll(key);
    return;
  }
  const known = names.filter((name): name is keyof typeof permissions => permissionNames.includes(name));
  if (known.length < names.length) throw new ControlError(`Permissions are ${permissionNames.join(", ")}.`);
  context.applications = context.applications.map((application) =>
    application === legacy ? { ...application, permissions: known } : application,
  );
}

function replaceToday(context: Context, changed: Context["oauth2"]["applications"][number]): void {
  context.oauth2.applications = context.oauth2.applications.map((application) =>
    application.clientId === changed.clientId ? changed : application,
  );
}

function issueToken({ applications, oauth2, tokens, world, clock }: Context, asked: { key: string; user: string }) {
  const user = world.accounts.find(({ id }) => id === asked.user);
  if (user === undefined) {
    throw new ControlError(
      `There is no person ${asked.user}; there are ${world.accounts.map(({ id }) => id).join(", ")}.`,
    );
  }
  const today = oauth2.applications.find(({ clientId }) => clientId === asked.key);
  if (today !== undefined) {
    const now = clock.now();
    const [clientId, userId] = [today.clientId, user.id];
    if (!today.grants.includes("authorization_code")) return oauth2.tokens.issueAccess({ clientId, userId }, now);
    const grant = { clientId, userId, redirectUri: undefined, challenge: undefined };
    return oauth2.tokens.redeemCode(oauth2.tokens.issueCode(grant, now), () => true, now);
  }
  const legacy = applications.find(({ consumerKey }) => consumerKey === asked.key);
  if (legacy === undefined) throw new ControlError(`There is no key ${asked.key}.`);
  const { token } = tokens.issueRequestToken(legacy.consumerKey, undefined, clock.now());
  tokens.authorise(token, user.id);
  return tokens.exchange(token);
}

function setSwitches({ switches }: Context, asked: Readonly<Record<string, unknown>>): void {
  Object.assign(switches, readSwitches(asked));
}

/** The same without the members that are `undefined`. */
const withoutAbsent = <Given extends object>(given: Given) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
