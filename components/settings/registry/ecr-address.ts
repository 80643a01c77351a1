/** The parts of an address in Amazon ECR. */
export interface EcrAddress {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  readonly partition: string;
  /** Empty for a registry's own address. */
  readonly repository: string;
}

/** Parses the address of a registry, repository or image; undefined unless it is in Amazon ECR. */
export function ecrAddress(address: string): EcrAddress | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?(?:\/([^@:]*))?(?=[@:]|$)/.exec(address);
  if (match === null) return undefined;
  const [, account = "", region = "", china, repository = ""] = match;
  const partition = china !== undefined ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  return { account, region, partition, repository };
}
