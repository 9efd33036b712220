import type { Parameters } from "../endpoints/parameters.ts";
import { countries, idOf } from "../world/catalogue.ts";
import type { Collection } from "../world/collection.ts";
import type { Freelancer } from "../world/people.ts";
import type { World } from "../world/world.ts";
import { BadParameterError, parseChoice, parseNumbers, slug } from "./filters.ts";
import { parseQuery, type Query, wordsOf } from "./query.ts";
import { createTextIndex, type TextIndex } from "./text-index.ts";

type Test = (freelancer: Freelancer, country: string) => boolean;

const numbered = {
  feedback: ({ feedback }) => feedback,
  rate: ({ rate }) => rate,
  hours: ({ hours }) => hours,
  recent_hours: ({ recentHours }) => recentHours,
  english_skill: ({ englishSkill }) => englishSkill,
} as const satisfies Record<string, (freelancer: Freelancer) => number>;

const filters: Readonly<Record<string, (text: string) => Test>> = {
  ...Object.fromEntries(
    Object.entries(numbered).map(([name, numberOf]) => [
      name,
      (text: string): Test => {
        const isWanted = parseNumbers(name, text);
        return (freelancer) => isWanted(numberOf(freelancer));
      },
    ]),
  ),
  category2:
    (text) =>
    ({ category }) =>
      slug(category) === slug(text) || idOf(category) === text,
  subcategory2:
    (text) =>
    ({ subcategory }) =>
      slug(subcategory) === slug(text) || idOf(subcategory) === text,
  region: (text) => (_freelancer, country) =>
    Object.entries(countries).some(
      ([name, regions]) => name === country && regions.some((region) => slug(region) === slug(text)),
    ),
  profile_type: (text) => {
    const isAgency = parseChoice("profile_type", text, { Independent: false, Agency: true });
    return ({ agencyReference }) => (agencyReference !== "") === isAgency;
  },
  is_upwork_ready: (text) => {
    const wanted = parseChoice("is_upwork_ready", text, { "1": true, "0": false });
    return ({ isUpworkReady }) => isUpworkReady === wanted;
  },
  last_activity: (text) => {
    const since = Date.parse(text);
    if (Number.isNaN(since)) throw new BadParameterError("Invalid last_activity: 2013-01-04T00:00:00.000Z");
    return ({ lastActivity }) => lastActivity >= since;
  },
  tests:
    (text) =>
    ({ testsPassed }) =>
      text.split(/[;,]/).every((test) => testsPassed.includes(test.trim())),
};

/**
 * Freelancers as `profiles/v2/search/providers` finds them, those who worked last first.
 *
 * @throws BadParameterError
 */
export function findFreelancers(world: World, parameters: Parameters): Freelancer[] {
  const { freelancers, users } = world;
  const query = textQuery(parameters);
  const isFound = query === undefined ? undefined : indexOf(freelancers).find(query);
  const tests = Object.entries(filters).flatMap(([name, filter]) => {
    const value = parameters.get(name);
    return value === "" ? [] : [filter(value)];
  });
  return freelancers.rows
    .filter((_freelancer, number) => isFound === undefined || isFound[number] === 1)
    .filter((freelancer) => tests.every((test) => test(freelancer, users.get(freelancer.reference)?.country ?? "")))
    .toSorted((a, b) => b.lastActivity - a.lastActivity);
}

function textQuery(parameters: Parameters): Query | undefined {
  const parts: Query[] = parameters.all("q").map(parseQuery);
  for (const name of ["title", "skills"] as const) {
    for (const value of parameters.all(name).flatMap((list) => list.split(/[;,]/))) {
      for (const word of wordsOf(value)) parts.push({ kind: "phrase", field: name, words: [word] });
    }
  }
  return parts.length === 0 ? undefined : { kind: "all", parts };
}

const indexes = new WeakMap<Collection<Freelancer>, TextIndex<Freelancer>>();

function indexOf(freelancers: Collection<Freelancer>): TextIndex<Freelancer> {
  const known = indexes.get(freelancers);
  if (known !== undefined) return known;
  const index = createTextIndex(freelancers.rows, ({ title, overview, skills, category, subcategory }) => ({
    title,
    overview,
    skills: skills.join(" , "),
    category,
    category2: category,
    subcategory2: subcategory,
  }));
  freelancers.watch(index.changed);
  indexes.set(freelancers, index);
  return index;
}
