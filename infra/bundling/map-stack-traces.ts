import { stackInSources } from "./stack-traces.ts";

// Every bundle begins with this. V8 asks for a stack trace when somebody reads it, so this costs a start nothing.
Error.prepareStackTrace = stackInSources;
