/** A bill as text for a terminal. Pure. */
import { type Bill, type BillLine, priceSource } from "./bill";
import { prices, usd } from "./prices";
import { hanging, wrapped } from "../lib/wrap";

/** `20 GiB gp3 at 0.08`. */
export const measureText = ({ measure, unitPrice, assumed }: BillLine): string =>
  `${assumed ? "usage, " : ""}${measure} at ${usd(unitPrice)}`;

/** What no bill has. */
export const leftOut =
  "tax, discounts and free tiers (three dashboards per account), requests to AWS's services, what a destroyed stack " +
  "leaves, and what is not the stack's, such as an existing VPC's NAT gateway";

/** What `npm run cost` prints, in lines of at most `width` columns. */
export function billText(stack: string, bill: Bill, width: number): string {
  if (bill.lines.length === 0) return `${stack}: costs nothing; it has no resource in AWS\n`;
  const rows = [
    ...bill.lines.map((line) => [line.title, line.usd.toFixed(2), measureText(line)] as const),
    [
      "together",
      bill.total.toFixed(2),
      bill.assumed === 0 ? "" : `of it ${bill.assumed.toFixed(2)} for assumed usage`,
    ] as const,
  ];
  const widthOf = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const widths = [widthOf(0), widthOf(1)] as const;
  return [
    `${stack}: USD a month of ${prices.hoursPerMonth} hours`,
    ...wrapped(`(${priceSource})`, width),
    "",
    ...rows.flatMap(([title, amount, measure]) =>
      hanging(`${title.padEnd(widths[0])}  ${amount.padStart(widths[1])}  `, measure, width),
    ),
    "",
    "Usage that is not counted:",
    ...bill.uncounted.flatMap(({ what, price, per }) => hanging("  ", `${what}: ${usd(price)} a ${per}`, width)),
    ...wrapped(`Not counted either: ${leftOut}.`, width),
    "",
  ].join("\n");
}
