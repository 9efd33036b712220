import { type BudgetClient, defaultShare } from "../platform/share-schema.ts";

/**
 * Who makes the gateway's own calls: token exchanges, refreshes, probes, checks of watches. Part of the day's quota is
 * always its own, so that a spent budget cannot keep a connection from being made or mended.
 */
export const gatewayClient: BudgetClient = { id: "_gateway", share: defaultShare };

/** How the budget's item names it; no client's id begins like this. */
export const gatewayKey = gatewayClient.id;
