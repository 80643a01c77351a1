/** The permissions boundary: the most that the roles of any stack's host, snapshots and flow logs may do. Pure. */
import { hostPolicies } from "../../../components/hosts/ec2/identity/host-policies";
import { snapshotPolicy } from "../../../components/hosts/ec2/machine/snapshots";
import { flowLogPolicy } from "../../../components/hosts/ec2/network/flow-logs";
import { type PolicyDocument, type Statement, policy } from "../../../components/hosts/ec2/policy";
import { secretNames } from "../../../components/services/secrets";

const scope = { partition: "aws", region: "*", account: "*" };
const keyArn = "arn:aws:kms:*:*:key/*";

/** The policies of all roles, for every stack at once. */
function rolePolicies(): PolicyDocument[] {
  const host = hostPolicies({
    ...{ scope, stack: "*", keyArn, secrets: secretNames },
    repositoryArns: ["arn:aws:ecr:*:*:repository/*"],
    bundleBucketArn: "arn:aws:s3:::linnix-*",
    sessions: { keys: [], logGroups: [], buckets: [] },
  });
  return [...Object.values(host), snapshotPolicy(scope, "*", keyArn), flowLogPolicy(scope, "*")];
}

/** The boundary. It has no conditions: those are in the roles' own policies, which never allow more than both do. */
export function boundary(): PolicyDocument {
  const byResources = new Map<string, Set<string>>();
  for (const { Action, Resource = [] } of rolePolicies().flatMap(({ Statement }) => Statement)) {
    const key = JSON.stringify([...Resource].sort());
    byResources.set(key, new Set([...(byResources.get(key) ?? []), ...Action]));
  }
  const statements = [...byResources].map(([resources, actions], index): Statement => ({
    Sid: `Most${index + 1}`,
    Effect: "Allow",
    Action: [...actions].sort(),
    Resource: JSON.parse(resources) as string[],
  }));
  return policy(...statements);
}
