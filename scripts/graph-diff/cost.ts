/** What a change adds to each stack's monthly cost. Pure. */
import { type Bill, monthlyBill, priceSource } from "../cost/bill";
import type { StackGraphs } from "./compare";

const free: Bill = monthlyBill({ resources: [] });

/** `+7.30`; the sign of a removal is that of a number. */
const signed = (amount: number): string => `${amount > 0 ? "+" : ""}${amount.toFixed(2)}`;

/** What has no price, as code: values from a stack's settings are no markdown. */
const named = ({ missing }: Bill): string =>
  [...new Set(missing.map(({ key, value }) => `${key} \`${value.replaceAll("`", "'")}\``))].join(", ");

/** One stack's line. */
export function costLine({ stack, before, after }: StackGraphs): string {
  const [old, now] = [before, after].map((graph) => (graph === undefined ? free : monthlyBill(graph))) as [Bill, Bill];
  const unpriced = [old, now].find(({ missing }) => missing.length > 0);
  if (unpriced !== undefined) return `- ${stack}: not known, without a price for ${named(unpriced)}`;
  const change = Math.round((now.total - old.total) * 100) / 100;
  if (change !== 0) return `- ${stack}: about ${signed(change)} USD a month, ${now.total.toFixed(2)} in all`;
  return `- ${stack}: no change${now.total === 0 ? ", it costs nothing" : `, about ${now.total.toFixed(2)} USD a month`}`;
}

/** Where the amounts come from. */
export const costNote = `At ${priceSource}, with assumed usage: \`npm run cost -- <stack>\` has the lines.`;
