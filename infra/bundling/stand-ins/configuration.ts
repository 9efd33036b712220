/** Stands in for reading `~/.aws/config` and `~/.aws/credentials`: Lambda has neither, and says all in its environment. */
export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });
export const CONFIG_PREFIX_SEPARATOR = ".";

/** Stands in for asking the metadata service of EC2, which Lambda has not. */
export const getInstanceMetadataRegion = async () => undefined;

/** Stands in for a client's extensions, of which no client here is given any. */
export const resolveRuntimeExtensions = <Config extends object>(config: Config): Config => config;

/** Stands in for the retry mode `adaptive`, which no client here is set to. */
export class AdaptiveRetryStrategy {
  constructor() {
    throw new Error("The gateway's bundles have only the standard retry mode; unset AWS_RETRY_MODE.");
  }
}
