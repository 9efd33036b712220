import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkUrl, isPublicAddress } from "../../../functions/webhooks/address.ts";

describe("an endpoint's URL on AWS", () => {
  test.each([
    // Schemes
    "http://example.com/hook",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "ws://example.com/",
    "//example.com/",
    "example.com/hook",
    "https:/\\example.com/",
    "",
    // Credentials and confusions of the host
    "https://user:pass@example.com/",
    "https://user@example.com/",
    "https://@example.com/",
    "https://:@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1#@example.com/",
    "https://127.0.0.1\\@example.com/",
    "https://example.com\t.evil/",
    "https://exa mple.com/",
    "https://example.com\r\nHost: evil/",
    // Loopback, in every spelling a parser takes
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://foo.localhost/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://127.255.255.254/",
    "https://%31%32%37.0.0.1/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    // Nothing, private, shared, reserved
    "https://0.0.0.0/",
    "https://0/",
    "https://0.1.2.3/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.255.255.255/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    // The metadata service
    "https://169.254.169.254/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://2852039166/",
    "https://169.254.170.2/",
    "https://[fd00:ec2::254]/",
    "https://metadata.google.internal/",
    // IPv6, and IPv4 inside it
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/",
    "https://[fc00::1]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    // Names that mean something inside
    "https://intranet/",
    "https://printer.local/",
    "https://db.internal/",
    "https://router.lan/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://example.com./",
    // Ports
    "https://example.com:22/",
    "https://example.com:25/",
    "https://example.com:80/",
    "https://example.com:6379/",
    "https://example.com:9200/",
    "https://example.com:0/",
    "https://example.com:99999/",
    `https://example.com/${"x".repeat(2_000)}`,
  ])("is refused: %s", (url) => {
    const verdict = checkUrl(url, "public");
    expect(verdict).toEqual({ ok: false, why: expect.stringMatching(/\w+/) });
  });

  test.each([
    "https://example.com/hook?a=b#c",
    "https://example.com:443/",
    "https://hooks.slack.com/services/T000/B000/xyz",
    "https://example.com:8443/",
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
    "https://münchen.example.com/",
  ])("is taken: %s", (url) => {
    expect(checkUrl(url, "public")).toMatchObject({ ok: true });
  });
});

describe("an endpoint's URL on one machine", () => {
  test.each(["http://127.0.0.1:9000/", "http://localhost:3000/hook", "http://[::1]:80/", "https://example.com/"])(
    "is taken: %s",
    (url) => {
      expect(checkUrl(url, "loopback")).toMatchObject({ ok: true });
    },
  );

  test.each([
    "http://example.com/",
    "http://192.168.1.10/",
    "https://169.254.169.254/",
    "http://user:pass@127.0.0.1/",
    "ftp://127.0.0.1/",
    "http://[::ffff:10.0.0.1]/",
  ])("is refused: %s", (url) => {
    expect(checkUrl(url, "loopback")).toMatchObject({ ok: false });
  });
});

test("no address is public that lies in a block of RFC 6890, however its rest is", () => {
  const blocks = [
    [10, 8],
    [127, 8],
    [0, 8],
    [224, 4],
    [240, 4],
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...blocks), fc.nat(0xffffffff), ([first, bits], rest) => {
      const mask = bits === 8 ? 0x00ffffff : 0x0fffffff;
      const value = ((first << 24) | (rest & mask)) >>> 0;
      const octets = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
      expect(isPublicAddress(octets.join("."))).toBe(false);
      const hex = value.toString(16).padStart(8, "0");
      for (const prefix of ["::ffff:", "64:ff9b::", "::"]) {
        expect(isPublicAddress(`${prefix}${hex.slice(0, 4)}:${hex.slice(4)}`)).toBe(false);
      }
      expect(isPublicAddress(`2002:${hex.slice(0, 4)}:${hex.slice(4)}::1`)).toBe(false);
    }),
  );
});

test("whatever text it is given, it answers and never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      checkUrl(text, "public");
      checkUrl(`https://${text}`, "public");
      isPublicAddress(text);
    }),
  );
});
