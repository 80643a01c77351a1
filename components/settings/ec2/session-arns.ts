/** What Session Manager's preferences name, by the kind of resource. */
export interface SessionTargets {
  /** KMS keys that encrypt sessions or their logs. */
  readonly keys: readonly string[];
  /** Log groups, without `:*` at the end. */
  readonly logGroups: readonly string[];
  readonly buckets: readonly string[];
}

const account = "[a-z0-9-]+:\\d{12}";
const kinds: Readonly<Record<keyof SessionTargets, RegExp>> = {
  keys: new RegExp(`^arn:aws:kms:${account}:key/[a-z0-9-]{36}$`),
  logGroups: new RegExp(`^arn:aws:logs:${account}:log-group:[A-Za-z0-9_/.#-]{1,512}$`),
  buckets: /^arn:aws:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
};

/** Checks `linnix:sessionArns`. Returns what is wrong, or undefined. */
export function sessionArnsProblem(arns: readonly string[]): string | undefined {
  const invalid = arns.filter((arn) => !Object.values(kinds).some((kind) => kind.test(arn)));
  if (invalid.length > 0)
    return `must be a list of ARNs of KMS keys, log groups and buckets; invalid: ${invalid.join(", ")}`;
  const repeated = arns.filter((arn, index) => arns.indexOf(arn) < index);
  return repeated.length > 0 ? `must name each ARN once; repeated: ${repeated.join(", ")}` : undefined;
}

/** The ARNs by kind. */
export function sessionTargets(arns: readonly string[]): SessionTargets {
  const of = (kind: RegExp) => arns.filter((arn) => kind.test(arn));
  return { keys: of(kinds.keys), logGroups: of(kinds.logGroups), buckets: of(kinds.buckets) };
}
