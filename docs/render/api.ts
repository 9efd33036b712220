import { writeFileSync } from "node:fs";
import { describeApi } from "../../functions/admin/openapi.ts";
import { adminRoutes } from "../../functions/admin/table.ts";
import { renderApi } from "./api-markdown.ts";

/** Writes docs/openapi.json and docs/api.md from the table of routes: npm run docs:api */
const document = describeApi(adminRoutes, { publicUrl: "https://gateway.example", adminDoor: "key" });
writeFileSync(new URL("../openapi.json", import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
writeFileSync(new URL("../api.md", import.meta.url), renderApi(document));
