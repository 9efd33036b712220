import * as z from "zod/mini";

/** As much of an OpenAPI document as the page shows. */
const schemaSchema = z.looseObject({
  $ref: z.optional(z.string()),
  type: z.optional(z.union([z.string(), z.array(z.string())])),
  format: z.optional(z.string()),
  description: z.optional(z.string()),
  enum: z.optional(z.array(z.unknown())),
  const: z.optional(z.unknown()),
  default: z.optional(z.unknown()),
  minimum: z.optional(z.number()),
  maximum: z.optional(z.number()),
  required: z.optional(z.array(z.string())),
  properties: z.optional(z.record(z.string(), z.unknown())),
  items: z.optional(z.unknown()),
  anyOf: z.optional(z.array(z.unknown())),
  additionalProperties: z.optional(z.unknown()),
});
type JsonSchema = z.infer<typeof schemaSchema>;

const contentSchema = z.optional(z.record(z.string(), z.looseObject({ schema: z.optional(schemaSchema) })));
const operationSchema = z.looseObject({
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.optional(z.string()),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z.optional(
    z.array(
      z.looseObject({
        in: z.string(),
        name: z.string(),
        required: z.optional(z.boolean()),
        description: z.optional(z.string()),
        schema: schemaSchema,
      }),
    ),
  ),
  requestBody: z.optional(z.looseObject({ required: z.optional(z.boolean()), content: contentSchema })),
  responses: z.record(z.string(), z.looseObject({ description: z.string(), content: contentSchema })),
});
type Operation = z.infer<typeof operationSchema>;

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), schemaSchema) }),
});

const intro = `# HTTP API

Made from the schemas that check requests: \`npm run docs:api\`. The same as OpenAPI 3.1: [openapi.json](openapi.json), and
at \`/openapi.json\` of every gateway. Errors are problem details: [errors.md](errors.md).

- Clients send their key as \`Authorization: Bearer ugw_...\` or \`X-Api-Key\`.
- Admins send the admin key as \`Authorization: Bearer ugw_admin_...\`, or use the console's session.
- Lists have pages: \`?limit=20\`, then \`?cursor=\` with the \`cursor\` of the page before, until there is none.
- A change says with \`If-Match\` which version it changes: the \`ETag\` of the last answer. Without it the answer is 428,
  and 412 when somebody else was faster. \`If-None-Match\` works on every answer with an \`ETag\`.
- Unknown fields and query parameters are refused with 422, and \`errors\` points at each of them.
`;

/** The API page as Markdown: one section a tag, one heading an operation, or several that are the same. */
export function renderApi(document: unknown): string {
  const { paths, components } = documentSchema.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tags: operation.tags,
      method: method.toUpperCase(),
      path,
      text: renderOperation(operation),
    })),
  );
  const tags = [...new Set(operations.flatMap((operation) => operation.tags))];
  const sections = tags.map((tag) => {
    const alike = Map.groupBy(
      operations.filter((operation) => operation.tags.includes(tag)),
      ({ path, text }) => `${path}\n\n${text}`,
    );
    const parts = [...alike].map(
      ([pathAndText, same]) => `### ${same.map(({ method }) => method).join(", ")} ${pathAndText}`,
    );
    return [`## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}`, ...parts].join("\n\n");
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `### ${name}\n\n${withDescription(schema.description, fieldTable(schema))}`,
  );
  return `${[intro.trim(), ...sections, "## Documents", ...schemas].join("\n\n")}\n`;
}

function renderOperation(operation: Operation): string {
  const parts = [`${operation.summary}. ${whoMay(operation)}`];
  if (operation.description !== undefined) parts.push(operation.description);
  const { parameters = [], requestBody } = operation;
  if (parameters.length > 0) {
    parts.push(
      table(
        ["parameter", "in", "what"],
        parameters.map(({ name, in: place, required = false, schema, description }) => [
          `\`${name}\`${required ? "" : " (optional)"}`,
          place,
          sentence([typeOf(schema), description ?? schema.description]),
        ]),
      ),
    );
  }
  const body = requestBody?.content?.["application/json"]?.schema;
  if (body !== undefined) {
    const label = requestBody?.required ? "Body" : "Body (optional)";
    parts.push(body.properties === undefined ? `${label}: ${typeOf(body)}` : `${label}:\n\n${fieldTable(body)}`);
  }
  const answers = Object.entries(operation.responses).map(([status, { description, content }]) => {
    const problems = content?.["application/problem+json"] && [...description.matchAll(/\(`([a-z-]+)`\)/g)];
    const schema = content?.["application/json"]?.schema;
    if (problems) {
      const links = problems.map(([, kind]) => `[\`${kind}\`](errors.md#${kind})`).join(", ");
      return { isProblem: true, text: `${status} ${links}` };
    }
    return { isProblem: false, text: `- **${status}** ${sentence([description, schema && typeOf(schema)])}` };
  });
  parts.push(answers.flatMap(({ isProblem, text }) => (isProblem ? [] : [text])).join("\n"));
  const problems = answers.flatMap(({ isProblem, text }) => (isProblem ? [text] : []));
  parts.push(`Problems: ${problems.join(" · ")}`);
  return parts.join("\n\n");
}

function whoMay({ security }: Operation): string {
  const schemes = security.flatMap((one) => Object.keys(one));
  if (schemes.length === 0) return "Open to everybody.";
  return schemes.includes("adminKey") ? "For admins." : "For clients.";
}

function fieldTable(schema: JsonSchema): string {
  const { properties = {}, required = [] } = schema;
  if (Object.keys(properties).length === 0) return `\`${typeOf(schema)}\``;
  return table(
    ["field", "what"],
    Object.entries(properties).map(([name, value]) => {
      const field = schemaSchema.parse(value);
      return [
        `\`${name}\`${required.includes(name) ? "" : " (optional)"}`,
        sentence([typeOf(field), field.description]),
      ];
    }),
  );
}

/** A schema in a few words: `string`, `list of Client`, `{ cap, until }`. */
function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(" or ");
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeOf(schemaSchema.parse(one))).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schemaSchema.parse(schema.items ?? {}))}`;
  if (schema.properties !== undefined) {
    return `\`{ ${Object.keys(schema.properties).join(", ")} }\``;
  }
  const range = [schema.minimum, schema.maximum].filter(
    (bound) => bound !== undefined && Math.abs(bound) < 2 ** 53 - 1,
  );
  const words = [
    [schema.format === "date-time" ? "time (ISO 8601)" : (schema.type ?? "anything")].flat().join(" or "),
    ...(range.length === 2 ? [`${range[0]} to ${range[1]}`] : []),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ];
  return words.join(", ");
}

function sentence(parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .map((part) => part.replace(/\.$/, ""))
    .join(". ");
}

function withDescription(description: string | undefined, text: string): string {
  return description === undefined ? text : `${description}\n\n${text}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
