import { deployerActions } from "../../../scripts/docs/roles/roles";
import type { NamedPolicy } from "./evaluate";

/**
 * What whoever deploys may do, on anything. The policies in docs/iam allow the same actions on what has this project's names and
 * tags: a recorded call does not say which tags its resource has, so only the actions are compared.
 */
export const deployerRights: NamedPolicy = {
  name: "deployer",
  policy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: deployerActions(), Resource: ["*"] }] },
};
