import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fixed, logsPerMillionCalls, monthlyBill, optionBill } from "../../../infra/costs/bill.ts";
import { costsPage } from "../../../infra/costs/page.ts";
import { synthesise } from "../../support/synth.ts";

const total = (callsPerDay: number) => monthlyBill(callsPerDay).reduce((sum, { usd }) => sum + usd, 0);

test("as many alarms are paid for as the template has", () => {
  const { template } = synthesise({}, { bundle: false });
  template.resourceCountIs("AWS::CloudWatch::Alarm", fixed.alarms);
});

test("docs/costs.md is what the prices and assumptions come to; npm run costs writes it anew", () => {
  const page = readFileSync(new URL("../../../docs/costs.md", import.meta.url), "utf8");
  expect(page).toBe(costsPage(page));
});

test("calls cost in proportion, and the rest of the bill does not move with them", () => {
  const standing = total(0);
  expect(standing).toBeGreaterThan(0);
  expect(total(40_000) - standing).toBeCloseTo(40 * (total(1_000) - standing), 6);
});

test("the logs of a million calls cost what a gigabyte costs, times what they write", () => {
  expect(logsPerMillionCalls()).toBeCloseTo(0.6, 6);
});

test("an address of one's own costs least by an instance", () => {
  const [gateway, instance] = optionBill(1_000);
  expect(instance?.usd).toBeLessThan(gateway?.usd ?? 0);
});
