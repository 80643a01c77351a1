import { managedPolicies, roles } from "../../../scripts/docs/roles/roles";
import type { NamedPolicy } from "./evaluate";

/** The policies of the role deploy, as docs/iam has them: with resources, names and tags. */
export async function deployerPolicies(): Promise<NamedPolicy[]> {
  const all = await managedPolicies();
  return roles.deploy.policies.map((name) => ({ name, policy: all[name] }));
}
