/** Who may do what: roles, keys, topics. */
import { type Rule, inputsOf } from "./rule";
import { allowing, allowsNone, each, isEveryone } from "./statements";

const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
const key = "aws:kms/key:Key";
const topicPolicy = "aws:sns/topicPolicy:TopicPolicy";

/** Rules on permissions. */
export const identity: readonly Rule[] = [
  {
    id: "IAM.1",
    says: "no policy allows everything on everything",
    ...allowsNone(rolePolicy, (it) => each(it.Action).includes("*") && each(it.Resource).includes("*")),
    broken: { type: rolePolicy, inputs: { policy: allowing({ Action: "*", Resource: "*" }) } },
  },
  {
    id: "IAM.21",
    says: "no policy allows all that a service can do",
    ...allowsNone(rolePolicy, (it) => each(it.Action).some((action) => action.includes("*"))),
    broken: { type: rolePolicy, inputs: { policy: allowing({ Action: "s3:*", Resource: "arn:aws:s3:::x" }) } },
  },
  {
    id: "KMS.2",
    says: "no role can decrypt with every key",
    ...allowsNone(
      rolePolicy,
      (it) =>
        each(it.Action).some((action) => action.startsWith("kms:")) && each(it.Resource).some((to) => to.includes("*")),
    ),
    broken: { type: rolePolicy, inputs: { policy: allowing({ Action: ["kms:Decrypt"], Resource: ["*"] }) } },
  },
  {
    id: "KMS.4",
    says: "keys are rotated",
    ...inputsOf(key, ({ enableKeyRotation }) => enableKeyRotation === true),
    broken: { type: key, inputs: {} },
  },
  {
    id: "KMS.5",
    says: "a key is nobody's but the account's and its services'",
    ...allowsNone(key, isEveryone),
    broken: { type: key, inputs: { policy: allowing({ Principal: { AWS: "*" }, Action: "kms:Decrypt" }) } },
  },
  {
    id: "SNS.4",
    says: "a topic is open to this account only",
    ...allowsNone(topicPolicy, (it) => it.Condition === undefined || isEveryone(it)),
    broken: {
      type: topicPolicy,
      inputs: { policy: allowing({ Principal: "*", Action: "sns:Publish", Resource: "x" }) },
    },
  },
];
