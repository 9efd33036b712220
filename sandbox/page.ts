import { htmlAnswer } from "./http/answers.ts";
import type { Answer } from "./http/exchange.ts";
import type { User } from "./world/people.ts";

const style =
  "body{margin:0;background:#eef1ef;color:#16231c;font:16px/1.6 system-ui,sans-serif}main{max-width:28rem;margin:4rem auto;background:#fff;border-radius:.75rem;padding:2rem;border:1px solid #d8dfda}h1{font-size:1.3rem;margin:0 0 1rem}label{display:block;padding:.25rem 0}fieldset{border:1px solid #d8dfda;border-radius:.5rem;margin:1rem 0}button{font:inherit;font-weight:600;padding:.5rem 1.2rem;border-radius:.5rem;border:1px solid #14833f;background:#14833f;color:#fff;cursor:pointer}.plain{background:#fff;color:#14833f}code{overflow-wrap:anywhere}.note{color:#5c6b63;font-size:.85rem}";

/** A small page for a person in a browser. `content` is HTML: escape what others wrote. */
export function page(status: number, title: string, content: string): Answer {
  return htmlAnswer(
    status,
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${title}</title><style>${style}</style><main><h1>${title}</h1>${content}<p class="note">This is the sandbox, not Upwork. Everybody here is invented.</p></main></html>`,
    { "cache-control": "no-store" },
  );
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The form on which a person says who they are, and whether they allow access. */
export function personChoice(accounts: readonly User[]): string {
  const choices = accounts
    .map(
      ({ id, firstName, lastName, city }, index) =>
        `<label><input type="radio" name="user" value="${id}"${index === 0 ? " checked" : ""}> ${firstName} ${lastName}, ${city}</label>`,
    )
    .join("");
  return `<form method="post"><fieldset><legend>Continue as</legend>${choices}</fieldset>
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny" class="plain">Deny</button></form>`;
}
