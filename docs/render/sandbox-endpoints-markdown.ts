import type { Endpoint } from "../../sandbox/endpoints/endpoint.ts";
import type { PermissionName } from "../../sandbox/permissions.ts";

/** docs/sandbox-endpoints.md as it should be; a test holds the file against it. */
export function endpointsMarkdown(
  endpoints: readonly Endpoint[],
  permissions: Readonly<Record<PermissionName, string>>,
): string {
  const rows = endpoints.map(
    ({ method, path, permission, shape }) => `| ${method} | \`${path}\` | ${permission} | ${shape} |`,
  );
  const names = Object.entries(permissions).map(([name, text]) => `| \`${name}\` | ${text} |`);
  return `# Every REST endpoint of the sandbox

Made from its table (\`sandbox/endpoints/\`) by \`npm run docs:sandbox\`. The last column says how the shape of the
answer is known: [what the marks mean](sandbox.md).

| method | path | permission | shape |
| --- | --- | --- | --- |
${rows.join("\n")}

## Permissions

What a key may do, in the words of Upwork's form for a new key. In \`startSandbox\` a key's \`permissions\` are a list of
these names; a key without the list may do everything.

| name | in Upwork's words |
| --- | --- |
${names.join("\n")}
`;
}
