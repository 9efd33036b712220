import type { GatewayEvent } from "../platform/events.ts";

/** An event that happened nowhere, to see whether deliveries arrive and read well. */
export function testEvent(now: number, unique: string): GatewayEvent {
  return {
    id: `test_${unique}`,
    type: "watch.item.new",
    at: now,
    data: {
      watch: { id: "wat_00000000000000000000", name: "Test" },
      itemId: "~01test",
      item: {
        id: "~01test",
        title: "A test event of upwork-gateway",
        snippet: "Nothing happened; somebody wanted to see whether this arrives.",
        url: "https://www.upwork.com/jobs/~01test",
      },
    },
  };
}
