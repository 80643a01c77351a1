/** How the rollout reaches AWS: as the provider's configuration (`aws:…` in the stack's settings) says. */

/** Region, endpoints and credentials; nothing given means the AWS SDK's own chain (environment, profile, SSO, role). */
export interface Access {
  readonly region: string;
  readonly profile?: string;
  readonly keys?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** Taken one after another, each with the credentials of the one before. */
  readonly roles: readonly AssumedRole[];
  readonly endpoints: { readonly ssm?: string; readonly ec2?: string; readonly sts?: string };
}

/** A role to take. */
export interface AssumedRole {
  readonly roleArn: string;
  readonly sessionName?: string;
  readonly externalId?: string;
  /** Go's notation: `1h`, `30m`. */
  readonly duration?: string;
}

/** Reads a setting as the provider's configuration has it, by its full key. */
export type ReadSetting = (key: string) => string | undefined;

/** Settings that decide who is asking, and that only the AWS provider itself understands. */
const identitySettings = ["assumeRoleWithWebIdentity", "sharedConfigFiles", "sharedCredentialsFiles"];

/** An object or list that Pulumi hands over as JSON. */
function structured(get: ReadSetting, key: string): unknown {
  const text = get(key);
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${key}: is not what the AWS provider takes. Set it with \`pulumi config set --path ${key}…\`.`);
  }
}

/**
 * Takes the provider's configuration over.
 *
 * @throws when it holds something that would make the provider somebody else than the rollout.
 */
export function accessFrom(get: ReadSetting, region: string): Access {
  for (const name of identitySettings) {
    if (get(`aws:${name}`) === undefined) continue;
    throw new Error(
      `aws:${name}: the rollout doesn't know this setting, and would ask AWS as somebody else than the provider. ` +
        `Give the same by environment (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_ROLE_ARN with ` +
        `AWS_WEB_IDENTITY_TOKEN_FILE), which both read, and \`pulumi config rm aws:${name}\`.`,
    );
  }
  const profile = get("aws:profile");
  const [accessKeyId, secretAccessKey, sessionToken] = [get("aws:accessKey"), get("aws:secretKey"), get("aws:token")];
  const one = structured(get, "aws:assumeRole") as AssumedRole | undefined;
  const endpoints = (structured(get, "aws:endpoints") ?? []) as Record<string, string>[];
  return {
    region,
    roles: (structured(get, "aws:assumeRoles") ?? (one === undefined ? [] : [one])) as AssumedRole[],
    endpoints: Object.assign({}, ...endpoints) as Access["endpoints"],
    ...(profile === undefined ? {} : { profile }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { keys: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  };
}

/** Go's durations (`1h30m`) in seconds; nothing when it is none. */
export function durationSeconds(text: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === "") return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part) || 0);
  return hours * 3600 + minutes * 60 + seconds;
}
