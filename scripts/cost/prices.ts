/** The price list, and the prices in it that depend on a resource's inputs. Pure. */
import { findInstanceType } from "../../components/settings/ec2/instance-types";
import prices from "./prices.json";

export { prices };

const lookUp = (table: Readonly<Record<string, number>>, key: string): number | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** USD per GiB and month of a volume of this type; undefined if the list has none. */
export const volumePrice = (type: string): number | undefined => lookUp(prices.volumeGiBMonth, type);

/**
 * USD per hour of an instance type; undefined if the list has none. The list has the size `large` of each family, and AWS
 * prices the sizes of a family by their share of a machine, which their memory shows.
 */
export function instancePrice(name: string): number | undefined {
  const family = name.split(".")[0] ?? "";
  const price = lookUp(prices.instanceHourOfSizeLarge, family);
  const [type, large] = [findInstanceType(name), findInstanceType(`${family}.large`)];
  if (price === undefined || "problem" in type || "problem" in large) return undefined;
  return (price * type.memoryMiB) / large.memoryMiB;
}

/** The families whose instance types have a price. */
export const pricedFamilies: readonly string[] = Object.keys(prices.instanceHourOfSizeLarge);

/** An amount in USD with the digits that it has, two at least: `0.30`, `0.0832`. */
export const usd = (amount: number): string => {
  const exact = String(Number(amount.toFixed(6)));
  return (exact.split(".")[1] ?? "").length > 2 ? exact : amount.toFixed(2);
};
