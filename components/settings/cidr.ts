/** An IPv4 range. */
interface Range {
  readonly address: number;
  readonly bits: number;
}

function parseCidr(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [first = 0, second = 0, third = 0, fourth = 0, bits = 0] = match.slice(1).map(Number);
  if ([first, second, third, fourth].some((part) => part > 255) || bits > 32) return undefined;
  return { address: ((first * 256 + second) * 256 + third) * 256 + fourth, bits };
}

/** Whether every address of a range lies in another. */
const within = (inner: Range, outer: Range): boolean => {
  const size = 2 ** (32 - outer.bits);
  return inner.bits >= outer.bits && Math.floor(inner.address / size) === Math.floor(outer.address / size);
};

/** RFC 1918. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Why a text is no range for a VPC of this project: private, /16 to /26 (one subnet takes all of it); else nothing. */
export function refuseVpcCidr(text: string): string | undefined {
  const range = parseCidr(text);
  if (range === undefined) return "must be an IPv4 range such as 10.42.0.0/24";
  if (range.bits < 16 || range.bits > 26) return "must have 16 to 26 bits: 10.42.0.0/24 has 24";
  const size = 2 ** (32 - range.bits);
  if (range.address % size !== 0) return "has bits set beyond its length; the address must be the range's first";
  const inside = privateRanges.map(parseCidr).some((outer) => outer !== undefined && within(range, outer));
  return inside ? undefined : `must lie in a private range (RFC 1918): ${privateRanges.join(", ")}`;
}
