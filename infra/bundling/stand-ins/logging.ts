/** Stands in for the SDK's log of calls, which no client here keeps. */
export const getLoggerPlugin = () => ({ applyToStack() {} });

/** Stands in for leaving out of that log what is secret. */
export const schemaLogFilter = () => "(not logged)";

/** Stands in for telling AWS, in a letter each, which features of the SDK are in use; its version is told as before. */
export async function checkFeatures() {}

// Named by an index of the SDK, called by nobody.
export const loggerMiddleware = undefined;
export const loggerMiddlewareOptions = undefined;
