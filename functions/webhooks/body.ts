import type { GatewayEvent } from "../platform/events.ts";
import type { BodyShape } from "./endpoints.ts";
import { type Summary, summarise } from "./summary.ts";

/** An event as the body of one delivery. */
export function shapeBody(shape: BodyShape, event: GatewayEvent): string {
  return JSON.stringify(shape === "standard" ? standardBody(event) : chatBodies[shape](summarise(event), event));
}

/** The body as Standard Webhooks recommends it; every event schema in `docs/webhooks.md` is one of these. */
export function standardBody({ type, at, data }: GatewayEvent) {
  return { type, timestamp: new Date(at).toISOString(), data };
}

/**
 * What the incoming webhooks of chats take. The text is somebody else's, written on Upwork: nothing in it may become a
 * mention, a link that hides where it leads, or markup.
 */
const chatBodies = {
  // https://docs.slack.dev/messaging/formatting-message-text
  slack: ({ title, url, text, facts }) => {
    const heading = url === undefined ? `*${slackText(title)}*` : `*<${slackUrl(url)}|${slackText(title)}>*`;
    return {
      text: cut(slackText(title), 300),
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: cut(heading, 2_900) } },
        ...(text === ""
          ? []
          : [{ type: "section", text: { type: "plain_text", text: cut(text, 2_900), emoji: false } }]),
        ...(facts.length === 0
          ? []
          : [{ type: "context", elements: [{ type: "plain_text", text: cut(factLine(facts), 1_900), emoji: false }] }]),
      ],
    };
  },
  // https://discord.com/developers/docs/resources/webhook#execute-webhook
  discord: ({ title, url, text, facts }, { at }) => ({
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(discordText(title), 250),
        ...(url === undefined ? {} : { url }),
        description: cut(discordText(text), 2_000),
        fields: facts
          .slice(0, 25)
          .map(([name, value]) => ({ name: cut(name, 250), value: cut(discordText(value), 1_000), inline: true })),
        timestamp: new Date(at).toISOString(),
      },
    ],
  }),
  // https://learn.microsoft.com/en-us/connectors/teams: "When a Teams webhook request is received"
  teams: ({ title, url, text, facts }) => ({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            { type: "TextBlock", text: cut(plainMarkdown(title), 300), size: "medium", weight: "bolder", wrap: true },
            ...(text === "" ? [] : [{ type: "TextBlock", text: cut(plainMarkdown(text), 3_000), wrap: true }]),
            ...(facts.length === 0
              ? []
              : [
                  {
                    type: "FactSet",
                    facts: facts.map(([name, value]) => ({ title: name, value: cut(plainMarkdown(value), 300) })),
                  },
                ]),
          ],
          ...(url === undefined ? {} : { actions: [{ type: "Action.OpenUrl", title: "Open on Upwork", url }] }),
        },
      },
    ],
  }),
} as const satisfies Record<Exclude<BodyShape, "standard">, (summary: Summary, event: GatewayEvent) => unknown>;

const factLine = (facts: Summary["facts"]) => facts.map(([name, value]) => `${name}: ${value}`).join(" · ");

/** Slack's three control characters; with them escaped, neither a link nor a mention can begin. */
const slackText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const slackUrl = (url: string) => url.replaceAll("|", "%7C").replaceAll(">", "%3E").replaceAll("<", "%3C");
const discordText = (text: string) => text.replace(/[\\*_~`|>#[\]()<@:-]/g, "\\$&");
const plainMarkdown = (text: string) => text.replace(/[\\*_~`#[\]<>|-]/g, "\\$&");

function cut(text: string, length: number): string {
  const points = [...text];
  return points.length <= length ? text : `${points.slice(0, length - 1).join("")}…`;
}
