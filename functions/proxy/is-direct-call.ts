/** Whether an event is a direct call; an HTTP API event never is, whatever its caller sends. */
export function isDirectCall(event: unknown): boolean {
  if (typeof event !== "object" || event === null || "requestContext" in event) return false;
  return "source" in event && event.source === "upwork-gateway";
}
