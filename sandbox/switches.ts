/**
 * Where nobody outside knows what Upwork does, or where being strict is in a developer's way, there is a switch.
 * Each can be given to `startSandbox({ switches })` and changed while it runs. docs/sandbox.md lists them all.
 */
export type Switches = {
  /** Refuse a timestamp further than `skewSeconds` from the sandbox's clock. */
  checkTimestamps: boolean;
  skewSeconds: number;
  /** Refuse a nonce seen before with the same key, token and timestamp. */
  checkNonces: boolean;
  /** Answer a POST or PUT without Content-Length with the web tier's HTML 411. */
  requireContentLength: boolean;
  /** Refuse what the key has no permission for. */
  checkKeyPermissions: boolean;
  /** The status that goes with "This APP has no access to requested resource"; nowhere recorded. */
  missingPermissionStatus: number;
  /** Refuse what the user has no role for. */
  checkUserPermissions: boolean;
  /** What a search answers past its 5,000th result: nothing, or 400. */
  pastLastResult: "empty" | "refused";
  /** Say in `X-Sandbox-*` headers what a signature should have been made over. */
  explainSignatures: boolean;
  /** Answer a `scope` parameter with `invalid_scope`: scopes belong to the key. Some say it is ignored. */
  refuseScopeParameter: boolean;
  /** Refresh only for whoever names the key in the body, even where Basic names it too. */
  refreshNeedsClientId: boolean;
  /** Answer introspection queries; reports differ on whether Upwork does. */
  allowIntrospection: boolean;
  /** Let the marketplace search give ten results a call whatever page was asked for, as it does for some keys. */
  searchIgnoresPaging: boolean;
  /** Let `budgetRange_eq` and `hourlyRate_eq` change nothing. */
  ignoreMoneyFilters: boolean;
  /** Let `workload_eq` find nothing. */
  workloadFindsNothing: boolean;
  /** Refuse `vendorProposals` with more than 40 a page. */
  smallProposalPages: boolean;
  /** Keep rooms that nobody wrote in for 30 days out of `roomList` until `includeHidden_eq` asks for them. */
  roomListHidesQuiet: boolean;
};

export const defaultSwitches: Readonly<Switches> = {
  checkTimestamps: true,
  skewSeconds: 600,
  checkNonces: true,
  requireContentLength: true,
  checkKeyPermissions: true,
  missingPermissionStatus: 403,
  checkUserPermissions: true,
  pastLastResult: "empty",
  explainSignatures: true,
  refuseScopeParameter: true,
  refreshNeedsClientId: true,
  allowIntrospection: true,
  searchIgnoresPaging: false,
  ignoreMoneyFilters: false,
  workloadFindsNothing: false,
  smallProposalPages: true,
  roomListHidesQuiet: false,
};
