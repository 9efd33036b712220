import { expect, test } from "vitest";
import { describeApi } from "../../functions/admin/openapi.ts";
import { adminRoutes } from "../../functions/admin/table.ts";
import { synthesise } from "../support/synth.ts";

const stack = synthesise({ corsOrigins: "https://app.example.com" }, { bundle: false });

type Operation = {
  parameters?: { in: string; name: string }[];
  responses: Record<string, { headers?: Record<string, unknown> }>;
};

test("pages of the named origins may send and read every header that the API's document names", () => {
  const [api] = Object.values(stack.resources).filter(({ Type }) => Type === "AWS::ApiGatewayV2::Api");
  const cors = api?.Properties.CorsConfiguration as { AllowHeaders: string[]; ExposeHeaders: string[] };
  const document = describeApi(adminRoutes, { publicUrl: "https://gateway.example", adminDoor: "key" });
  const operations = Object.entries(document.paths ?? {})
    // Messages for hooks come from programs.
    .filter(([path]) => !path.startsWith("/hooks/"))
    .flatMap(([, methods]) => Object.values(methods as Record<string, Operation>));
  const sent = operations.flatMap(({ parameters = [] }) => parameters.filter((one) => one.in === "header"));
  const read = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap(({ headers = {} }) => Object.keys(headers)),
  );
  expect(sent.length * read.length).toBeGreaterThan(0);
  expect(cors.AllowHeaders).toEqual(expect.arrayContaining(sent.map(({ name }) => name.toLowerCase())));
  expect(cors.ExposeHeaders).toEqual(expect.arrayContaining(read.map((name) => name.toLowerCase())));
});
