import { inSources } from "./stack-traces.ts";

// Put into every bundle, before all else. V8 asks for a stack trace when somebody reads it, so this costs a start nothing.
Error.prepareStackTrace = (error, frames) =>
  inSources([String(error), ...frames.map((frame) => `    at ${frame}`)].join("\n"));
