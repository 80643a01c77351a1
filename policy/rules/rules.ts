/**
 * The rules. Those with an id of Security Hub are the controls of AWS's Foundational Security Best Practices (and of CIS and NIST
 * where they say more) that apply to what this project makes; the others are the project's own.
 *
 * Not here: EC2.7 (encryption by default) and EC2.172 (block public access) are the account's, EC2.10 asks for an endpoint of
 * EC2's own API, which the host never calls.
 */
import { buckets } from "./buckets";
import { containers } from "./containers";
import { host } from "./host";
import { identity } from "./identity";
import { monitoring } from "./monitoring";
import { network } from "./network";
import { ownership } from "./ownership";
import { repositories } from "./repositories";
import type { Rule } from "./rule";

export { protection } from "./protection";

/** What every stack keeps to. */
export const mandatory: readonly Rule[] = [
  ...containers,
  ...network,
  ...host,
  ...identity,
  ...ownership,
  ...buckets,
  ...repositories,
  ...monitoring,
];
