import type { Surroundings } from "./surroundings.ts";

/** Opens a page in the person's browser; where that cannot be, its address, printed before, is what they have. */
export async function openPage({ openBrowser, err }: Surroundings, url: string): Promise<void> {
  try {
    // An address of another kind would start another program.
    if (!/^https?:$/.test(new URL(url).protocol)) throw new TypeError("not a web page");
    await openBrowser(url);
  } catch {
    err("No browser could be opened. Open the address above in one.\n");
  }
}
