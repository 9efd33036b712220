import { catalogue, idOf, reasons, regions, tests, topics } from "../world/catalogue.ts";
import type { Endpoint } from "./endpoint.ts";
import { failed, missingParameter } from "./results.ts";

const skills = [...new Set(topics.flatMap(([, , names]) => names))].toSorted();

/** Public lists: categories, skills, regions, tests, reasons. */
export const metadataEndpoints = [
  {
    method: "GET",
    path: "/api/profiles/v2/metadata/categories",
    permission: "publicData",
    shape: "client",
    answer: () => ({
      payload: {
        categories: Object.entries(catalogue).map(([title, groups]) => ({
          title,
          id: idOf(title),
          topics: Object.keys(groups).map((topic) => ({ title: topic, id: idOf(topic) })),
        })),
      },
    }),
  },
  {
    method: "GET",
    path: "/api/profiles/v1/metadata/skills",
    permission: "publicData",
    shape: "client",
    answer: () => ({ payload: { skills } }),
  },
  {
    method: "GET",
    path: "/api/profiles/v2/metadata/skills",
    permission: "publicData",
    shape: "client",
    answer: () => ({
      payload: {
        skills: skills.map((skill) => ({ skill, description: `Work with ${skill}`, external_url: "" })),
      },
    }),
  },
  {
    method: "GET",
    path: "/api/profiles/v1/metadata/specialties",
    permission: "publicData",
    shape: "guess",
    answer: () => ({ payload: { specialties: topics.map(([, topic]) => topic) } }),
  },
  {
    method: "GET",
    path: "/api/profiles/v1/metadata/regions",
    permission: "publicData",
    shape: "client",
    answer: () => ({ payload: { regions: regions.map((title) => ({ alias: title.replace(" ", ""), title })) } }),
  },
  {
    method: "GET",
    path: "/api/profiles/v1/metadata/tests",
    permission: "publicData",
    shape: "client",
    answer: () => ({ payload: { tests: tests.map(([record_id, name, weight]) => ({ record_id, name, weight })) } }),
  },
  {
    method: "GET",
    path: "/api/profiles/v1/metadata/reasons",
    permission: "publicData",
    shape: "guess",
    answer: ({ parameters }) => {
      const missing = missingParameter(parameters, ["type"]);
      if (missing !== undefined) return missing;
      const type = parameters.get("type");
      const known = Object.entries(reasons).find(([name]) => name === type)?.[1];
      if (known === undefined) return failed(400, `Unknown type of reason: ${type}`);
      return { payload: { reasons: known.map(([id, reason, alias]) => ({ id, reason, alias })) } };
    },
  },
] as const satisfies readonly Endpoint[];
