/** What a browser sees when a person connects an account: used by the demo and by tests that need a connection. */
export type ConsentWalk = {
  startStatus: number;
  consentStatus: number;
  status: number;
  page: string;
  callbackUrl: string;
  cookie: string;
};

/**
 * Walks from `/oauth/start` over the sandbox's consent page back to the callback, as a browser would: following
 * redirects one by one and carrying the cookie.
 */
export async function connectThroughConsent(
  gatewayUrl: string,
  connection: string,
  decision: "allow" | "deny",
  options: { user?: string; replace?: boolean; finish?: boolean; auth?: "oauth1" | "oauth2" } = {},
): Promise<ConsentWalk> {
  const { replace, auth } = options;
  const query = new URLSearchParams({ connection, ...(replace ? { replace: "true" } : {}), ...(auth ? { auth } : {}) });
  const start = await fetch(`${gatewayUrl}/oauth/start?${query}`, { redirect: "manual" });
  const cookie = start.headers.get("set-cookie")?.split(";")[0] ?? "";
  const consent = await fetch(start.headers.get("location") ?? gatewayUrl, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ decision, user: options.user ?? "ada" }),
  });
  const callbackUrl = consent.headers.get("location") ?? gatewayUrl;
  const walk = { startStatus: start.status, consentStatus: consent.status, callbackUrl, cookie };
  if (options.finish === false) return { ...walk, status: 0, page: "" };
  const callback = await fetch(callbackUrl, { headers: { cookie }, redirect: "manual" });
  return { ...walk, status: callback.status, page: await callback.text() };
}
