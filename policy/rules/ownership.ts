/** Whose a resource is, and how secrets are stored. */
import { type Rule, inputsOf, nested } from "./rule";

const parameter = "aws:ssm/parameter:Parameter";

/** Types of AWS's that carry no tags. */
const untagged =
  /:(Bucket[A-Z](?!bjectv2)\w+|RolePolicy|Route|RouteTableAssociation|VolumeAttachment|TopicPolicy|TopicSubscription|Dashboard|Alias)$|:ecr\/lifecyclePolicy:/;

/** Whether resources of a type carry tags. */
export const isTagged = (type: string): boolean => type.startsWith("aws:") && !untagged.test(type);

/** The names that secrets' parameters have, and those of secrets elsewhere. */
const ofSecret = /\/secrets\/|password|secret|token|webhook|[-_]key$/i;

/** Rules on ownership and secrets. */
export const ownership: readonly Rule[] = [
  {
    id: "tags",
    says: "what can carry tags says whose it is: Project, Stack and Owner",
    judges: isTagged,
    holds: ({ inputs }) => ["Project", "Stack", "Owner"].every((tag) => Boolean(nested(inputs.tags)[tag])),
    broken: { type: "aws:sns/topic:Topic", inputs: { tags: { Project: "linnix", Stack: "dev" } } },
  },
  {
    id: "secret parameters",
    says: "a secret in the parameter store is a SecureString",
    ...inputsOf(parameter, ({ name, type }) => type === "SecureString" || !ofSecret.test(String(name))),
    broken: { type: parameter, inputs: { name: "/linnix/dev/secrets/api-token", type: "String" } },
  },
];
