import { readFileSync, writeFileSync } from "node:fs";
import { costsPage, costTables } from "./page.ts";

// `npm run costs`: computes the monthly bill, writes it into docs/costs.md and shows it.
const file = new URL("../../docs/costs.md", import.meta.url);
writeFileSync(file, costsPage(readFileSync(file, "utf8")));
console.log(costTables());
