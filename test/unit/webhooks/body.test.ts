import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shapeBody } from "../../../functions/webhooks/body.ts";
import { summarise } from "../../../functions/webhooks/summary.ts";
import { itemEvent } from "../../support/webhooks.ts";

const job = {
  id: "~01abc",
  title: "Repair a <gateway> & its budget",
  snippet: "Ping @everyone, see [here](https://evil.example) <!channel>",
  budget: 500,
  skills: ["node.js", "aws"],
  url: "http://www.upwork.com/jobs/~01abc",
  client: { country: "Norway" },
};
const event = itemEvent({ data: { watch: { id: "wat_1", name: "Jobs" }, itemId: job.id, item: job } });
const shaped = (shape: "standard" | "slack" | "discord" | "teams", one = event) => JSON.parse(shapeBody(shape, one));

describe("a body", () => {
  test("is type, timestamp and data by default", () => {
    expect(shaped("standard")).toEqual({
      type: "watch.item.new",
      timestamp: "2023-11-14T22:13:20.000Z",
      data: event.data,
    });
  });

  test("for Slack links the title to Upwork, and nothing in the text can become a mention or a link", () => {
    const body = shaped("slack");
    expect(body.blocks[0].text).toEqual({
      type: "mrkdwn",
      text: "*<http://www.upwork.com/jobs/~01abc|Repair a &lt;gateway&gt; &amp; its budget>*",
    });
    expect(body.blocks[1].text.type).toBe("plain_text");
    expect(body.blocks[2].elements[0].text).toBe("Budget: 500 · Skills: node.js, aws · Client: Norway · Watch: Jobs");
    expect(body.text).not.toMatch(/[<>]/);
  });

  test("for Discord mentions nobody and escapes markup", () => {
    const body = shaped("discord");
    expect(body.allowed_mentions).toEqual({ parse: [] });
    expect(body.embeds[0]).toMatchObject({
      title: "Repair a \\<gateway\\> & its budget",
      url: job.url,
      timestamp: "2023-11-14T22:13:20.000Z",
    });
    expect(body.embeds[0].description).toContain("\\[here\\]\\(");
    expect(body.embeds[0].fields).toContainEqual({ name: "Budget", value: "500", inline: true });
  });

  test("for Teams is an adaptive card with a button", () => {
    const [{ contentType, content }] = shaped("teams").attachments;
    expect(contentType).toBe("application/vnd.microsoft.card.adaptive");
    expect(content.actions).toEqual([{ type: "Action.OpenUrl", title: "Open on Upwork", url: job.url }]);
    expect(content.body[2].facts).toContainEqual({ title: "Client", value: "Norway" });
  });

  test("for a chat stays within its limits, whatever the item holds", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 9_000 });
    fc.assert(
      fc.property(
        fc.record({ title: text, snippet: text, budget: text, skills: fc.array(text, { maxLength: 5 }) }),
        (item) => {
          const one = itemEvent({ data: { itemId: "1", item } });
          for (const block of shaped("slack", one).blocks) {
            expect([...(block.text?.text ?? block.elements[0].text)].length).toBeLessThanOrEqual(3_000);
          }
          const [embed] = shaped("discord", one).embeds;
          expect([...embed.title].length).toBeLessThanOrEqual(256);
          expect([...embed.description].length).toBeLessThanOrEqual(4_096);
          for (const { value } of embed.fields) expect([...value].length).toBeLessThanOrEqual(1_024);
          expect(shapeBody("teams", one).length).toBeLessThan(60_000);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("a summary", () => {
  test("knows both generations of Upwork's jobs", () => {
    const graphql = {
      id: "1",
      title: "Node developer",
      description: "Long",
      ciphertext: "~02def",
      amount: { rawValue: "300", displayValue: "$300" },
      skills: [{ name: "node", prettyName: "Node.js" }],
      client: { location: { country: "Chile" } },
    };
    expect(summarise(itemEvent({ data: { itemId: "1", item: graphql } }))).toEqual({
      title: "Node developer",
      url: "https://www.upwork.com/jobs/~02def",
      text: "Long",
      facts: [
        ["Budget", "$300"],
        ["Skills", "Node.js"],
        ["Client", "Chile"],
      ],
    });
  });

  test.each([
    "https://evil.example/upwork.com",
    "javascript:alert(1)",
    "https://upwork.com.evil.example/",
    "not a url",
  ])("links to nothing but Upwork: %s", (url) => {
    expect(summarise(itemEvent({ data: { item: { title: "x", url } } }))).not.toHaveProperty("url");
  });

  test("says what an event without an item tells", () => {
    const gone = itemEvent({ data: { watch: { id: "wat_1", name: "Jobs" }, itemId: "~01abc" } });
    expect(summarise(gone)).toEqual({
      title: 'New in "Jobs"',
      text: "",
      facts: [
        ["watch", "Jobs"],
        ["itemId", "~01abc"],
      ],
    });
    const closed = itemEvent({ type: "budget.closed", data: { because: "Upwork answered 429" } });
    expect(summarise(closed).title).toBe("Upwork has disabled the key: no calls go out");
  });
});
