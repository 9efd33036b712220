import type { RaiseEvent } from "../platform/events.ts";
import type { Endpoint, EndpointStore } from "./endpoints.ts";
import { type Attempt, disableAfterMs, isSuccess } from "./retry.ts";

/** Why an endpoint takes no more deliveries after a try; `undefined` while it does. */
export function disabledBecause(endpoint: Pick<Endpoint, "failingSince">, made: Attempt): string | undefined {
  if (made.status === 410) return "It answered 410 Gone.";
  const { failingSince = made.at } = endpoint;
  return !isSuccess(made) && made.at - failingSince >= disableAfterMs
    ? "No delivery succeeded for five days."
    : undefined;
}

/** Keeps since when endpoints fail, disables those that are gone or have failed for days, and says so. */
export function createHealthNotes(dependencies: {
  endpoints: Pick<EndpointStore, "noteFailing" | "noteHealthy" | "disable">;
  raise: RaiseEvent;
}) {
  const { endpoints, raise } = dependencies;

  /** Notes a try; returns the endpoint as it is after it. */
  return async function note(endpoint: Endpoint, made: Attempt): Promise<Endpoint> {
    const { id, name, failingSince } = endpoint;
    if (isSuccess(made)) {
      if (failingSince === undefined) return endpoint;
      await endpoints.noteHealthy(id);
      return { ...endpoint, failingSince: undefined };
    }
    if (failingSince === undefined) await endpoints.noteFailing(id, made.at);
    const failing = { ...endpoint, failingSince: failingSince ?? made.at };
    const because = disabledBecause(endpoint, made);
    if (because === undefined) return failing;
    if (await endpoints.disable(id, because)) {
      await raise({
        id: `webhook-disabled_${id}_${failing.failingSince}`,
        type: "webhook.disabled",
        at: made.at + made.ms,
        data: { webhook: { id, name }, because },
      });
    }
    return { ...failing, state: "disabled", disabledBecause: because };
  };
}
