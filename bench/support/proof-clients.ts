import { type BudgetClient, defaultShare } from "../../functions/platform/share-schema.ts";

/** The clients who share the quota in the proof; process number n calls for client n modulo their number. */
export function proofClients(quota: number): BudgetClient[] {
  return [
    { id: "crm", share: { ...defaultShare, guaranteed: Math.floor(quota / 4) } },
    { id: "website", share: defaultShare },
    { id: "reports", share: { ...defaultShare, cap: Math.floor(quota / 20) } },
    { id: "nightly", share: { ...defaultShare, priority: "batch" } },
    { id: "search", share: { ...defaultShare, guaranteed: Math.floor(quota / 10) } },
  ];
}
