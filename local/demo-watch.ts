import type { LocalGateway } from "./gateway.ts";
import { startReceiver } from "./receiver.ts";

type Step = (text: string, isRight: boolean, detail: string) => void;

/** From polling to push: a watch finds the job that the sandbox just got, and a receiver is told, signed. */
export async function demonstrateWatch(
  gateway: LocalGateway,
  step: Step,
  postJob: (title: string) => Promise<Response>,
): Promise<void> {
  const admin = (method: string, path: string, body?: unknown) =>
    fetch(gateway.url + path, {
      method,
      headers: {
        authorization: `Bearer ${gateway.adminKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  let secret = "";
  const receiver = await startReceiver({ secret: () => secret });
  try {
    const webhook = (await (
      await admin("POST", "/admin/webhooks", { name: "Demo receiver", url: receiver.url, events: ["watch.item.new"] })
    ).json()) as { webhook?: { id: string }; secret?: string };
    secret = webhook.secret ?? "";
    step("webhook", webhook.webhook !== undefined, `POST /admin/webhooks -> ${receiver.url}, with a secret of its own`);

    const created = await admin("POST", "/admin/watches", {
      name: "Lighthouse jobs",
      client: "demo",
      preset: "jobs",
      query: { q: "lighthouse" },
      schedule: { everyMinutes: 15 },
    });
    const watch = (await created.json()) as {
      watch?: { id: string };
      cost?: { callsPerDay: number; percentOfDay: number };
    };
    step(
      "watch",
      created.status === 201 && watch.cost?.callsPerDay === 96,
      `a job search every 15 minutes: ${watch.cost?.callsPerDay} calls a day, ${watch.cost?.percentOfDay} % of the quota`,
    );

    const run = async () =>
      (await (await admin("POST", `/admin/watches/${watch.watch?.id}/run`)).json()) as {
        outcome?: string;
        sent?: number;
      };
    const primed = await run();
    const title = "Keep a lighthouse & its logs";
    await postJob(title);
    const ran = await run();
    step(
      "runs",
      primed.outcome === "primed" && primed.sent === 0 && ran.sent === 1,
      "the first one learnt what is there; then a job was posted, and the second one found it",
    );

    const [delivery] = receiver.received;
    const told = delivery?.verified as { type?: string; data?: { item?: { title?: string } } } | undefined;
    step(
      "delivery",
      receiver.received.length === 1 && told?.data?.item?.title === title,
      `${told?.type} "${told?.data?.item?.title}" arrived; the standardwebhooks package verified its signature`,
    );
  } finally {
    await receiver.close();
  }
}
