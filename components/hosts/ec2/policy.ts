/** Policies as plain values; each resource's own policy is beside the resource. Pure. */

/** A condition: operator → key → allowed values. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of a policy; the policies of resources have a principal too. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Readonly<Record<string, string>> | "*";
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Condition;
}

/** A policy in IAM's format. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** A document of these statements. */
export function policy(...statements: Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** Allows a service of AWS to assume the role; with `account`, only on behalf of that account. */
export function trust(service: string, account?: string): PolicyDocument {
  return policy({
    Sid: "Assume",
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
    ...(account === undefined ? {} : { Condition: { StringEquals: { "aws:SourceAccount": account } } }),
  });
}
