/** The monthly bill of a stack, from its resource graph. Pure. */
import type { ShownGraph, ShownResource } from "../render/graph";
import { type Line, type Missing, freeTypes, lines } from "./lines";
import { prices } from "./prices";
import { type Usage, uncounted } from "./usage";

/** A line of a bill. */
export interface BillLine {
  readonly title: string;
  /** The quantity in words. */
  readonly measure: string;
  readonly quantity: number;
  /** USD each. */
  readonly unitPrice: number;
  /** USD a month, to the cent. */
  readonly usd: number;
  /** The quantity depends on use, and is assumed. */
  readonly assumed: boolean;
}

/** What a stack costs. */
export interface Bill {
  /** The stack's region; undefined for a stack without AWS. */
  readonly region: string | undefined;
  readonly lines: readonly BillLine[];
  /** USD a month: the sum of the lines as they are printed. */
  readonly total: number;
  /** What of it is assumed use. */
  readonly assumed: number;
  readonly uncounted: readonly Pick<Usage, "what" | "price" | "per">[];
  /** Unless this is empty, the total is too low. */
  readonly missing: readonly Missing[];
}

const cents = (amount: number): number => Math.round(amount * 100);

/** A sum of amounts without the error of binary fractions. */
const sum = (amounts: readonly { readonly usd: number }[]): number =>
  amounts.reduce((total, it) => total + cents(it.usd), 0) / 100;

const isAws = ({ type }: ShownResource): boolean => type.startsWith("aws:");

const known: ReadonlySet<string> = new Set([...[...lines, ...uncounted].flatMap(({ types }) => types), ...freeTypes]);

/** Types of AWS's resources that are neither charged for nor free. */
const unknownTypes = (resources: readonly ShownResource[]): Missing[] =>
  [...new Set(resources.filter((it) => isAws(it) && !known.has(it.type)).map(({ type }) => type))].map((value) => ({
    ...{ key: "type of resource", value, allowed: "those in scripts/cost" },
  }));

/** A line of one stack. */
function billLines({ title, types, assumed = false, charges }: Line, resources: readonly ShownResource[]) {
  const own = resources.filter(({ type }) => types.includes(type));
  const all = own.length === 0 ? [] : charges(own);
  return all.map((charge): BillLine | Missing => {
    if ("key" in charge) return charge;
    const { measure, quantity, price } = charge;
    return { title, measure, quantity, unitPrice: price, usd: cents(quantity * price) / 100, assumed };
  });
}

/** What a stack of these resources costs in a month. */
export function monthlyBill({ resources }: Pick<ShownGraph, "resources">): Bill {
  const found = resources.some(isAws) ? lines.flatMap((line) => billLines(line, resources)) : [];
  const charged = found.filter((it) => "usd" in it);
  const region = resources.map(({ inputs }) => inputs.region).find((it) => typeof it === "string");
  return {
    region: typeof region === "string" ? region : undefined,
    lines: charged,
    total: sum(charged),
    assumed: sum(charged.filter(({ assumed }) => assumed)),
    uncounted: uncounted
      .filter(({ types, applies = () => true }) =>
        resources.some(({ type, inputs }) => types.includes(type) && applies(inputs)),
      )
      .map(({ what, price, per }) => ({ what, price, per })),
    missing: [...found.filter((it) => "key" in it), ...unknownTypes(resources)],
  };
}

/** That the prices are another region's; undefined where they are the stack's own. */
export function regionNote({ region }: Bill): string | undefined {
  if (region === undefined || region === prices.region) return undefined;
  return `those of ${prices.region}: the price list has none for ${region}`;
}

/** Where the prices come from. */
export const priceSource = `${prices.source}, of ${prices.date} in ${prices.region}`;
