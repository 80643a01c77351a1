/** A bill as text for a terminal. Pure. */
import { type Bill, type BillLine, priceSource } from "./bill";
import { prices, usd } from "./prices";

/** `20 GiB gp3 at 0.08`. */
export const measureText = ({ measure, unitPrice, assumed }: BillLine): string =>
  `${assumed ? "usage, " : ""}${measure} at ${usd(unitPrice)}`;

/** What no bill has. */
export const leftOut =
  "tax, discounts and free tiers (three dashboards per account), requests to AWS's services, what a destroyed stack " +
  "leaves, and what is not the stack's, such as an existing VPC's NAT gateway";

/** What `npm run cost` prints. */
export function billText(stack: string, bill: Bill): string {
  if (bill.lines.length === 0) return `${stack}: costs nothing; it has no resource in AWS\n`;
  const rows = [
    ...bill.lines.map((line) => [line.title, measureText(line), line.usd.toFixed(2)] as const),
    [
      "together",
      bill.assumed === 0 ? "" : `of it ${bill.assumed.toFixed(2)} for assumed usage`,
      bill.total.toFixed(2),
    ] as const,
  ];
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  const widths = [width(0), width(1), width(2)] as const;
  const table = rows.map(
    ([title, measure, amount]) =>
      `${title.padEnd(widths[0])}  ${measure.padEnd(widths[1])}  ${amount.padStart(widths[2])}`,
  );
  return [
    `${stack}: USD a month of ${prices.hoursPerMonth} hours`,
    `(${priceSource})`,
    "",
    ...table,
    "",
    "Usage that is not counted:",
    ...bill.uncounted.map(({ what, price, per }) => `  ${what}: ${usd(price)} a ${per}`),
    `Not counted either: ${leftOut}.`,
    "",
  ].join("\n");
}
