// npm run cost -- <stack or file> [--json]: what the stack costs in a month, from its resource graph and scripts/cost/prices.json.
import { type Bill, monthlyBill, priceSource, regionNote } from "../cost/bill";
import { billText } from "../cost/text";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { main } from "../lib/main";
import { sayRow } from "../lib/say";
import { terminalWidth } from "../lib/terminal";
import { namedStack } from "../render/named-stack";

/** Refuses a bill that would be too low. */
function complete(bill: Bill): Bill {
  if (bill.missing.length === 0) return bill;
  throw new BadInput(
    bill.missing.map(({ key, value, allowed }) => ({
      ...{ key, value, problem: `has no price; these have: ${allowed}` },
      remedy: "add its price to scripts/cost/prices.json, or choose another",
    })),
  );
}

main(commands.cost, async ({ stack: name, json }) => {
  const { stack, graph } = await namedStack(name);
  const bill = complete(monthlyBill(graph));
  const note = regionNote(bill);
  if (note !== undefined) sayRow("prices", note);
  process.stdout.write(
    json
      ? `${JSON.stringify({ stack, source: priceSource, ...bill }, null, 2)}\n`
      : billText(stack, bill, terminalWidth(process.stdout)),
  );
  return 0;
});
