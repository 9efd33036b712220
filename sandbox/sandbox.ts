import type { AddressInfo } from "node:net";
import { type Application, demoApplication, demoOAuth2Application, demoServiceApplication } from "./applications.ts";
import { type Clock, createClock } from "./clock.ts";
import type { Context } from "./context.ts";
import { control, isControlPath } from "./control/layer.ts";
import { reset } from "./control/reset.ts";
import { openDataFile } from "./data-file.ts";
import { rest } from "./endpoints/rest.ts";
import { createFaults, type Faults } from "./faults/faults.ts";
import { faults } from "./faults/layer.ts";
import { type FaultRule, readRule } from "./faults/rules.ts";
import { graphql } from "./graphql/layer.ts";
import { errorAnswer } from "./http/answers.ts";
import { type CallLog, createCallLog } from "./http/call-log.ts";
import { stack } from "./http/exchange.ts";
import { createHttpServer } from "./http/server.ts";
import { limits } from "./limits/layer.ts";
import { createLimits, type LimitPreset, type LimitSettings, type Limits, limitPresets } from "./limits/limits.ts";
import { consent } from "./oauth1/consent.ts";
import { tokenSteps } from "./oauth1/token-steps.ts";
import { createTokenStore, type TokenStore } from "./oauth1/tokens.ts";
import { oauth2 } from "./oauth2/layer.ts";
import { createOAuth2Tokens, type OAuth2Application, type OAuth2State, type OAuth2Tokens } from "./oauth2/tokens.ts";
import { defaultSwitches, type Switches } from "./switches.ts";
import { createWorld, type World } from "./world/world.ts";

export type SandboxOptions = {
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** The same seed gives the same world. */
  seed?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Keeps access and refresh tokens over a restart. */
  dataFile?: string;
  applications?: readonly Application[];
  oauth2Applications?: readonly OAuth2Application[];
  switches?: Partial<Switches>;
  /** A preset's name, or what differs from `off`, the default: nothing is refused, everything is counted. */
  limits?: LimitPreset | Partial<LimitSettings>;
  /** What goes wrong from the start: rules, or their text such as `latency=500; path=/api/**; times=3`. */
  faults?: readonly (FaultRule | string)[];
  /** The address that clients sign for, when they reach the sandbox through a proxy: `https://host/stage`. */
  publicUrl?: string;
};

export type Sandbox = {
  url: string;
  port: number;
  /** As it is now: a reset replaces it. */
  readonly world: World;
  tokens: TokenStore;
  application: Application;
  oauth2Tokens: OAuth2Tokens;
  oauth2Application: OAuth2Application;
  clock: Clock;
  /** Change them while it runs. */
  switches: Switches;
  /** What was received by address and key, and what is too much. Change it while it runs. */
  limits: Limits;
  /** What goes wrong. Change it while it runs. */
  faults: Faults;
  /** What was called, and what became of it. */
  log: CallLog;
  /** Requests received so far, by `METHOD path`. */
  received: Map<string, number>;
  /** Makes the world new, and ends tokens, faults and counts; limits, switches and clock stay. */
  reset(): void;
  close(): Promise<void>;
};

/** Starts an Upwork on this machine: strict where Upwork is strict, and the same for the same seed. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = createClock(options.now ?? Date.now);
  const file = openDataFile(options.dataFile);
  const context: Context = {
    applications: options.applications ?? [demoApplication],
    tokens: createTokenStore(file),
    oauth2: {
      applications: options.oauth2Applications ?? [demoOAuth2Application, demoServiceApplication],
      // Its own writing: nobody else writes this section.
      tokens: createOAuth2Tokens(file.read("oauth2") as OAuth2State | undefined, (state) =>
        file.write("oauth2", state),
      ),
    },
    world: createWorld(options.seed ?? 1, clock.now()),
    clock,
    switches: { ...defaultSwitches, ...options.switches },
    limits: createLimits(
      typeof options.limits === "string" ? limitPresets[options.limits] : { ...limitPresets.off, ...options.limits },
    ),
    faults: createFaults(options.faults?.map((rule) => (typeof rule === "string" ? readRule(rule) : rule))),
    log: createCallLog(),
    publicUrl: options.publicUrl === undefined ? undefined : new URL(options.publicUrl),
  };
  // The order in which a request meets them.
  const layers = [
    control(context),
    limits(context),
    faults(context),
    consent(context),
    tokenSteps(context),
    oauth2(context),
    graphql(context),
    rest(context),
  ];
  const server = createHttpServer({
    now: clock.now,
    requiresLength: () => context.switches.requireContentLength,
    onRequest: (method, path) => {
      if (!isControlPath(path)) context.log.countRequest(method, path);
    },
    answer: stack(layers, ({ path }) => errorAnswer(path, 404, "Wrong URL requested", clock.now())),
    onAnswer: (exchange, answer) => {
      if (!isControlPath(exchange.path)) context.log.add(exchange, answer);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    port,
    get world() {
      return context.world;
    },
    tokens: context.tokens,
    application: context.applications[0] ?? demoApplication,
    oauth2Tokens: context.oauth2.tokens,
    oauth2Application: context.oauth2.applications[0] ?? demoOAuth2Application,
    clock,
    switches: context.switches,
    limits: context.limits,
    faults: context.faults,
    log: context.log,
    received: context.log.received,
    reset: () => reset(context),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
