/** Whether AWS would have allowed the calls that were made: the emulator lets everyone do everything. */
import { boundary } from "../../../scripts/docs/roles/boundary";
import { account } from "../../host/world/addresses";
import type { Caller, RecordedCall } from "../api/front";
import type { BoxStack } from "../box-stack";
import { deployerPolicies } from "./deployer-rights";
import { type Identity, denied } from "./evaluate";
import evidence from "./evidence.json";
import { type PermissionRequest, knownFrom, permissionRequests, pullRequests, pushRequests } from "./requests";

/** The policies of a stack as the engine has created them. */
export interface StackPolicies {
  readonly host: Identity;
  readonly deployer: Identity;
  /** Names of the repositories of the images. */
  readonly repositories: readonly string[];
}

interface StateResource {
  readonly type: string;
  readonly urn: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The actions that earlier runs have recorded. */
const recorded: Readonly<Record<Caller, readonly string[]>> = evidence;

const parsed = (text: unknown): unknown => JSON.parse(String(text));

/** Reads them from the stack's state. */
export async function stackPolicies(stack: BoxStack): Promise<StackPolicies> {
  const { deployment } = JSON.parse(await stack.pulumi("stack", "export")) as {
    deployment: { resources: StateResource[] };
  };
  const of = (type: string) =>
    deployment.resources.flatMap((it) => (it.type === type && it.outputs !== undefined ? [it.outputs] : []));
  const [profile] = of("aws:iam/instanceProfile:InstanceProfile");
  const role = String(profile?.role);
  const own = of("aws:iam/rolePolicy:RolePolicy").filter((it) => it.role === role);
  const buckets = of("aws:s3/bucketPolicy:BucketPolicy");
  const resourcePolicies = Object.fromEntries([
    ...buckets.map(({ bucket, policy }) => [`arn:aws:s3:::${String(bucket)}`, parsed(policy)] as const),
    ...of("aws:kms/key:Key").map(({ arn, policy }) => [String(arn), parsed(policy)] as const),
  ]);
  return {
    host: {
      principal: `arn:aws:iam::${account}:role/${role}`,
      policies: own.map(({ name, policy }) => ({ name: String(name), policy: parsed(policy) })),
      resourcePolicies,
      boundary: { name: "boundary", policy: boundary() },
    },
    deployer: {
      principal: `arn:aws:iam::${account}:role/deployer`,
      policies: await deployerPolicies(),
      resourcePolicies,
    },
    repositories: of("aws:ecr/repository:Repository").map(({ name }) => String(name)),
  };
}

/** The requests to IAM of one caller. */
async function requestsOf(
  calls: readonly RecordedCall[],
  who: Caller,
  policies: StackPolicies,
): Promise<PermissionRequest[]> {
  const known = knownFrom(calls);
  const own = calls.filter((call) => call.who === who);
  const made = await Promise.all(own.map((call) => permissionRequests(call, known)));
  const images = policies.repositories.filter((name) => !name.endsWith("/cache"));
  const registry = images.flatMap(who === "host" ? pullRequests : pushRequests);
  return [...made.flat(), ...registry];
}

/** The calls that AWS would deny, and the actions that no earlier run has recorded, one line each. */
export async function refusedCalls(
  calls: readonly RecordedCall[],
  who: Caller,
  policies: StackPolicies,
): Promise<{ denied: string[]; unrecorded: string[] }> {
  // A call that is not signed names no service: IAM has no part in it. The host asks so for public files, such as the agents.
  const signed = calls.filter(({ service }) => service !== "");
  const requests = await requestsOf(signed, who, policies);
  const seen = [...new Set(requests.map(({ action }) => action))].sort();
  return {
    denied: await denied(policies[who], requests),
    unrecorded: seen.filter((action) => !recorded[who].includes(action)),
  };
}
