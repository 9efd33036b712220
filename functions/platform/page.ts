import { createHash } from "node:crypto";
import type { HttpResponse } from "./http.ts";

/** HTML that is safe to put into a page as it is. Only {@link html} makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What HTML reads as its own; what turns the text after it around, beyond its own value, is left out. */
const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A template tag that escapes every value but nested {@link Html}; lists are joined. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  let text = strings[0] ?? "";
  values.forEach((value, index) => {
    text += render(value) + (strings[index + 1] ?? "");
  });
  return new Html(text);
}

function render(value: string | number | Html | readonly Html[]): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "string" || typeof value === "number") {
    return String(value).replace(/[&<>"'\u202a-\u202e\u2066-\u2069]/g, (char) => escapes[char] ?? "");
  }
  return value.map(({ text }) => text).join("");
}

const style = `
:root{color-scheme:light dark;--ink:#16231c;--soft:#5c6b63;--line:#dfe6e1;--paper:#fff;--back:#f4f7f5;--accent:#0f7a3d;--accent-ink:#fff;--warn:#a23b12}
@media(prefers-color-scheme:dark){:root{--ink:#e8efe9;--soft:#9caba2;--line:#2c3a32;--paper:#17201b;--back:#0f1512;--accent:#3fbf74;--accent-ink:#06150c;--warn:#f0956a}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}header{display:flex;align-items:baseline;gap:.75rem;margin-bottom:1.75rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 .75rem}p{margin:.5rem 0}.soft{color:var(--soft)}
section{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem 1.4rem;margin:0 0 1.1rem}
ul{list-style:none;margin:0;padding:0}li{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:.55rem 0;border-top:1px solid var(--line)}li:first-child{border-top:0}li>span{min-width:0;overflow-wrap:anywhere}
a.button,button{display:inline-block;font:inherit;font-weight:600;border:0;border-radius:.5rem;padding:.45rem .95rem;background:var(--accent);color:var(--accent-ink);text-decoration:none;cursor:pointer}
a{color:var(--accent)}input,select{font:inherit;padding:.45rem .7rem;border:1px solid var(--line);border-radius:.5rem;background:var(--back);color:var(--ink)}input{flex:1 1 14rem;width:100%}
form.row{display:flex;flex-wrap:wrap;gap:.6rem;margin-top:.9rem}progress{width:100%;height:.7rem;accent-color:var(--accent)}
.limit{margin:.8rem 0}.limit span{display:flex;justify-content:space-between;font-size:.92rem}
pre{background:var(--back);border:1px solid var(--line);border-radius:.5rem;padding:.75rem .9rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem;margin:.6rem 0}
.badge{font-size:.8rem;white-space:nowrap;border:1px solid var(--line);border-radius:1rem;padding:.1rem .6rem;color:var(--soft)}.warn{color:var(--warn)}
`;
const styleHash = createHash("sha256").update(style).digest("base64");

/** A whole page: no script, no asset of anybody else, in no frame, in no cache, and it tells nobody where it came from. */
export function page(
  status: number,
  title: string,
  content: Html,
  cookies?: string[],
  formTargets = "'self'",
): HttpResponse {
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,"><title>${title}</title><style>${new Html(style)}</style></head>
<body><main><header><h1>upwork-gateway</h1><span class="soft">${title}</span></header>${content}</main></body></html>`;
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "content-security-policy": `default-src 'none'; img-src data:; style-src 'sha256-${styleHash}'; form-action ${formTargets}; base-uri 'none'; frame-ancestors 'none'`,
    },
    ...(cookies === undefined ? {} : { cookies }),
    body: document.text,
  };
}
