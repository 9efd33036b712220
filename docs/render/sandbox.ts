import { writeFileSync } from "node:fs";
import { endpoints } from "../../sandbox/endpoints/table.ts";
import { permissions } from "../../sandbox/permissions.ts";
import { endpointsMarkdown } from "./sandbox-endpoints-markdown.ts";

/** Writes docs/sandbox-endpoints.md from the table of endpoints: npm run docs:sandbox */
writeFileSync(new URL("../sandbox-endpoints.md", import.meta.url), endpointsMarkdown(endpoints, permissions));
