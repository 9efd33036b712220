type Selectors<Value> = {
  environmentVariableSelector: (
    environment: NodeJS.ProcessEnv,
    options?: { signingName?: string },
  ) => Value | undefined;
  default: Value | (() => Promise<Value>);
};

/** Stands in for settings from the environment and files of configuration: Lambda has no such files. */
export function loadConfig<Value>(
  { environmentVariableSelector: read, default: otherwise }: Selectors<Value>,
  options?: { signingName?: string },
): () => Promise<Value> {
  let known: Promise<Value> | undefined;
  const load = async () => {
    try {
      const said = read(process.env, options);
      if (said !== undefined) return said;
    } catch {
      // As with the SDK: what cannot be read counts as not said.
    }
    return otherwise instanceof Function ? otherwise() : otherwise;
  };
  return () => (known ??= load());
}

/** Stands in for the sets of defaults between which `AWS_DEFAULTS_MODE` chooses: our clients say their own limits. */
export function resolveDefaultsModeConfig() {
  return async () => {
    const mode = process.env.AWS_DEFAULTS_MODE ?? "legacy";
    if (mode !== "legacy") throw new Error("The gateway's bundles have no sets of defaults; unset AWS_DEFAULTS_MODE.");
    return mode;
  };
}

/** Stands in for asking the metadata service of EC2, which Lambda has not. */
export const getInstanceMetadataRegion = async () => undefined;

/** Stands in for a client's extensions, of which no client here is given any. */
export const resolveRuntimeExtensions = <Config extends object>(config: Config): Config => config;

/** Stands in for a warning about old versions of Node: the stack says which version the functions have. */
export function emitWarningIfUnsupportedVersion() {}

/** Stands in for the retry mode `adaptive`, which no client here is set to. */
export class AdaptiveRetryStrategy {
  constructor() {
    throw new Error("The gateway's bundles have only the standard retry mode; unset AWS_RETRY_MODE.");
  }
}

// Named by an index of the SDK, called by nobody.
export const state = undefined;
