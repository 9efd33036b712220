import { expect, test } from "vitest";
import { readItems } from "../../../functions/watches/new-items.ts";
import { type Preset, type PresetName, presets } from "../../../functions/watches/presets.ts";

/** Answers as Upwork's clients have been seen to get them, with no item, one and two: `""` and a lone thing where it was XML once. */
const shapes: [PresetName, (items: unknown) => unknown, identifier: string, isXmlBorn: boolean][] = [
  ["jobs", (jobs) => ({ jobs, paging: { total: 0 } }), "id", false],
  ["applications", (applications) => ({ data: { applications } }), "reference", false],
  ["applications", (applications) => ({ applications }), "reference", false],
  ["invitations", (applications) => ({ data: { applications } }), "application_reference", false],
  ["offers", (offer) => ({ offers: { lister: { total_items: "0" }, offer } }), "rid", true],
  ["offers", (offers) => ({ offers }), "reference", false],
  ["messages", (rooms) => ({ rooms }), "roomId", false],
  ["contracts", (engagement) => ({ engagements: { lister: { total_items: "0" }, engagement } }), "reference", true],
  ["graphql-offers", (offers) => ({ data: { offersByAttribute: { offers } } }), "id", false],
  ["contracts", (engagement) => ({ lister: { total_items: "0" }, engagement }), "reference", true],
];

test.each(shapes)("the preset %s finds no item, one and two (%#)", (name, answer, identifier, isXmlBorn) => {
  const preset: Preset = presets[name];
  const idsIn = (items: unknown) => {
    const { items: found, withoutId } = readItems({ on: "new", ...preset }, answer(items));
    expect(withoutId).toBe(0);
    return found.map(({ id }) => id);
  };
  const [one, two] = [{ [identifier]: "1" }, { [identifier]: "2" }];
  expect(idsIn([])).toEqual([]);
  expect(idsIn([one])).toEqual(["1"]);
  expect(idsIn([one, two])).toEqual(["1", "2"]);
  if (!isXmlBorn) return;
  expect(idsIn("")).toEqual([]);
  expect(idsIn(one)).toEqual(["1"]);
});

test("offers that GraphQL has no list of are an empty list, and an answer without them is no answer", () => {
  const read = (offersByAttribute: unknown) => readItems(presets["graphql-offers"], { data: { offersByAttribute } });
  expect(read({ offers: null }).items).toEqual([]);
  expect(() => read(null)).toThrow("finds no list");
});
