/** Credentials and endpoints of the rollout, from the AWS provider's configuration (`aws:…` in the stack's settings). */
import { type Connection, type ReadSetting, connectionFrom } from "./connection";

/** Without profile and keys, the AWS SDK's own chain decides (environment, profile, SSO, role). */
export interface AwsCredentials {
  readonly region: string;
  readonly profile?: string;
  readonly keys?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** Assumed one after another, each with the credentials of the one before. */
  readonly roles: readonly AssumedRole[];
  readonly endpoints: { readonly ssm?: string; readonly ec2?: string; readonly sts?: string };
  /** Region of STS, if another one. */
  readonly stsRegion?: string;
  readonly connection: Connection;
}

/** A role to assume. */
export interface AssumedRole {
  readonly roleArn: string;
  readonly sessionName?: string;
  readonly externalId?: string;
  /** Go's notation: `1h`, `30m`. */
  readonly duration?: string;
  /** A session policy, as JSON. */
  readonly policy?: string;
  /** Managed policies that limit the session. */
  readonly policyArns?: readonly string[];
  readonly sourceIdentity?: string;
  /** Session tags. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
}

/** Settings that determine the provider's identity, and that only the provider itself supports. */
const identitySettings = ["assumeRoleWithWebIdentity", "sharedConfigFiles", "sharedCredentialsFiles"];

/** An object or list, which Pulumi passes as JSON. */
function structured(get: ReadSetting, key: string): unknown {
  const text = get(key);
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(
      `${key}: must be an object or a list, as the AWS provider requires. Set its parts with \`pulumi config set --path\`, or write it into the settings file.`,
    );
  }
}

/**
 * Reads the provider's configuration.
 *
 * @throws if it has a setting with which the rollout would use other credentials than the provider.
 */
export function credentialsFrom(
  get: ReadSetting,
  region: string,
  environment: NodeJS.ProcessEnv = process.env,
): AwsCredentials {
  for (const name of identitySettings) {
    if (get(`aws:${name}`) === undefined) continue;
    throw new Error(
      `aws:${name}: is not supported by the rollout, which would then use other credentials than the AWS provider. ` +
        `Set the environment variables that both read (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_ROLE_ARN with ` +
        `AWS_WEB_IDENTITY_TOKEN_FILE), then remove aws:${name} from the settings file.`,
    );
  }
  const profile = get("aws:profile");
  const [accessKeyId, secretAccessKey, sessionToken] = [get("aws:accessKey"), get("aws:secretKey"), get("aws:token")];
  const one = structured(get, "aws:assumeRole") as AssumedRole | undefined;
  const endpoints = (structured(get, "aws:endpoints") ?? []) as Record<string, string>[];
  const stsRegion = get("aws:stsRegion");
  return {
    region,
    connection: connectionFrom(get, environment),
    ...(stsRegion === undefined ? {} : { stsRegion }),
    roles: (structured(get, "aws:assumeRoles") ?? (one === undefined ? [] : [one])) as AssumedRole[],
    endpoints: Object.assign({}, ...endpoints) as AwsCredentials["endpoints"],
    ...(profile === undefined ? {} : { profile }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { keys: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  };
}
