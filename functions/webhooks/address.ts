import ipaddr from "ipaddr.js";

/**
 * Where a webhook may go. `public` is the whole rule on AWS; `loopback` is for a gateway on one machine, which may also
 * tell a receiver on that machine, over plain http.
 */
export type Reach = "public" | "loopback";

export type UrlVerdict = { ok: true; url: URL } | { ok: false; why: string };

const maxUrlLength = 2_000;
/** Ports on which https is at home. Others may be another protocol's, and TLS can be made to say strange things there. */
const publicPorts = new Set(["", "8443"]);

/** Names that mean this machine, this network or nothing, whatever a resolver says. */
const inwardNames =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|test|invalid|onion|arpa)$/;

/**
 * Checks an endpoint's URL as far as that goes without asking a resolver. The parser is the one that makes the request,
 * so nobody can mean another host than the one checked here: it turns `0x7f.1`, `2130706433` and `１２７。１` into
 * 127.0.0.1 first.
 */
export function checkUrl(text: string, reach: Reach): UrlVerdict {
  const no = (why: string): UrlVerdict => ({ ok: false, why });
  if (text.length > maxUrlLength) return no(`it is longer than ${maxUrlLength} characters`);
  if (/[\s\p{Cc}\\]/u.test(text)) return no("it has a space, a control character or a backslash");
  if (!URL.canParse(text)) return no("it is not a URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || /^[a-z]+:\/*[^/?#]*@/i.test(text)) {
    return no("it carries credentials; give them as a header instead");
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (reach === "loopback" && isLoopbackHost(host)) {
    return url.protocol === "http:" || url.protocol === "https:"
      ? { ok: true, url }
      : no("its scheme is not http or https");
  }
  if (url.protocol !== "https:") return no("its scheme is not https");
  if (!publicPorts.has(url.port)) return no(`port ${url.port} is none of 443 and 8443`);
  if (ipaddr.isValid(host)) {
    return isPublicAddress(host) ? { ok: true, url } : no("its address is not a public one");
  }
  if (host.endsWith(".")) return no("its host name ends with a dot");
  if (!host.includes(".") || inwardNames.test(host)) return no("its host name is not a public one");
  return { ok: true, url };
}

/** Whether an address may be connected to. */
export function isAllowedAddress(address: string, reach: Reach): boolean {
  return isPublicAddress(address) || (reach === "loopback" && isLoopback(address));
}

/**
 * Whether an address is on the public internet: not private, loopback, link-local (the metadata service), shared (CGNAT),
 * multicast, reserved, nor an IPv6 form that leads to any of these (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  // All public IPv6 is 2000::/3 (RFC 4291 section 2.4); outside of it are old forms such as ::10.0.0.1.
  return parsed.kind() === "ipv4" || ((parsed as ipaddr.IPv6).parts[0] ?? 0) >> 13 === 1;
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}
