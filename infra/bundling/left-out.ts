/** What the bundles leave out of packages, and what stands in its place. Tests hold that each entry is still of use. */

/** Packages that Lambda has no use for, and what stands in their place. */
export const replacedPackages = {
  // Lambda gives credentials in its environment; looking for profiles, SSO and the like is a third of the SDK.
  "@aws-sdk/credential-provider-node": "./infra/bundling/stand-ins/credentials.ts",
  // DynamoDB is always at its region's address.
  "@aws-sdk/middleware-endpoint-discovery": "./infra/bundling/stand-ins/endpoint-discovery.ts",
};

/** Files of the SDK by the end of their path, and the stand-in that has the same exports. */
export const replacedFiles: readonly (readonly [end: string, standIn: string])[] = [
  ["adaptors/getEndpointFromInstructions.js", "endpoints"],
  ["adaptors/getEndpointFromConfig.js", "endpoints"],
  ["client/util-endpoints/aws.js", "endpoints"],
  ["util-endpoints/lib/aws/partition.js", "endpoints"],
  ["node-config-provider/configLoader.js", "configuration"],
  ["regionConfig/getInstanceMetadataRegion.js", "configuration"],
  ["defaults-mode/resolveDefaultsModeConfig.js", "configuration"],
  ["dist-es/runtimeExtensions.js", "configuration"],
  ["client/emitWarningIfUnsupportedVersion.js", "configuration"],
  ["smithy-client/emitWarningIfUnsupportedVersion.js", "configuration"],
  ["util-retry/AdaptiveRetryStrategy.js", "configuration"],
  ["middleware-logger/loggerMiddleware.js", "logging"],
  ["middleware-user-agent/check-features.js", "logging"],
  ["smithy-client/schemaLogFilter.js", "logging"],
  ["signature-v4/dist-es/HeaderFormatter.js", "requests"],
  ["protocols/HttpBindingNormalizedSchema.js", "requests"],
  ["util-body-length/calculateBodyLength.js", "requests"],
  ["sha256/Sha256Js.js", "requests"],
  ["serde/date-utils.js", "dates"],
  ["serde/uuid/v4.js", "requests"],
];

/**
 * Methods that no function calls, by the end of the path of their file: esbuild leaves out functions that nobody calls,
 * but not methods. They are for signed URLs to give away, streams of events, protocols other than JSON, services that
 * once had AWS's query protocol, and for loggers with children, correlation ids or a sample of calls.
 */
export const uncalledMethods: readonly (readonly [end: string, names: readonly string[]])[] = [
  ["signature-v4/dist-es/SignatureV4.js", ["presign", "signEvent", "signMessage"]],
  [
    "submodules/protocols/HttpProtocol.js",
    [
      "resolveError",
      "serializeEventStream",
      "deserializeEventStream",
      "loadEventStreamCapability",
      "getEventStreamMarshaller",
      "resolveEventStreamMarshaller",
      "deserializeHttpMessage",
    ],
  ],
  [
    "submodules/protocols/ProtocolLib.js",
    ["resolveRestContentType", "setQueryCompatError", "queryCompatOutput", "findQueryCompatibleError"],
  ],
  ["codec-v2/JsonShapeSerializer2.js", ["writeDiscriminatedDocument"]],
  ["schema/schemas/NormalizedSchema.js", ["getMemberSchema", "getMemberSchemas", "getKeySchema"]],
  ["node-http-handler/dist-es/node-http-handler.js", ["updateHttpClientConfig", "httpHandlerConfigs"]],
  [
    "logger/lib/esm/Logger.js",
    [
      "createChild",
      "createLogger",
      "injectLambdaContext",
      "injectLambdaContextAfterOrOnError",
      "injectLambdaContextBefore",
      "addContext",
      "logEventIfEnabled",
      "setCorrelationId",
      "getCorrelationId",
      "refreshSampleRateCalculation",
    ],
  ],
];

/** The errors of AWS that our code tells apart by their class. All others come as the service's base class, by name. */
export const knownErrors = [
  "ConditionalCheckFailedException",
  "InvalidRequestException",
  "ResourceExistsException",
  "ResourceNotFoundException",
];

/** The errors of AWS that the SDK tries again because their class says so; others it knows by name or status. */
export const retriedErrors = ["ReplicatedWriteConflictException"];
