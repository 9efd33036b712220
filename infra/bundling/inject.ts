import { stackInSources } from "./stack-traces.ts";

// Put into every bundle, before all else. V8 asks for a stack trace when somebody reads it, so this costs a start nothing.
Error.prepareStackTrace = stackInSources;
