/** How far the actions of a role reach: by the names that this project gives, or by its tag. */
import { parameterPrefix, projectTag } from "../../../components/hosts/ec2/stack";
import { stackName } from "../../../components/services/service";

/** The names of everything of this project that has one, in IAM's notation. */
const named = stackName("*", "").replace(/-$/, "");

/** The beginning of its parameters' and log groups' names. */
const prefix = parameterPrefix("*");

/** By service and type of resource: the name of this project's. What is not here, AWS names by an id. */
export const names: Readonly<Record<string, string>> = {
  "cloudwatch:alarm": named,
  "cloudwatch:dashboard": named,
  "ecr:repository": named,
  "iam:instance-profile": named,
  "iam:role": named,
  "kms:alias": named,
  "logs:log-group": prefix,
  "s3:bucket": named,
  "s3:object": named,
  "sns:topic": named,
  "ssm:document": named,
  "ssm:parameter": prefix.slice(1),
};

/** Types of resources with ids that the program makes or uses. */
export const ids: readonly string[] = [
  "dlm:policy",
  ...[
    ...["flow-log", "vpc-flow-log", "image", "instance", "internet-gateway", "network-interface", "route-table"],
    ...["security-group", "snapshot", "subnet", "volume", "vpc", "vpc-endpoint"],
  ].map((type) => `ec2:${type}`),
  "kms:key",
];

/** Types that an action makes without tags although it could tag them: the provider tags the root volume afterwards. */
export const untaggedWhenMade: Readonly<Record<string, readonly string[]>> = {
  "ec2:RunInstances": ["network-interface", "volume"],
  "ec2:AuthorizeSecurityGroupEgress": ["security-group-rule"],
  "ec2:AuthorizeSecurityGroupIngress": ["security-group-rule"],
};

/** Types of which an action may reach somebody else's: a volume that `linnix:dataVolume` names, and a VPC's default group. */
export const foreign: Readonly<Record<string, readonly string[]>> = {
  "ec2:AttachVolume": ["volume"],
  "ec2:DetachVolume": ["volume"],
  "ec2:RevokeSecurityGroupEgress": ["security-group"],
  "ec2:RevokeSecurityGroupIngress": ["security-group"],
};

/** Reads of everything of a kind at once: AWS judges them for every name. */
export const ofAll: readonly string[] = ["cloudwatch:DescribeAlarms", "ecr:DescribeRepositories"];

/** What gives a role its rights, which it may do only within the boundary. */
export const bounded: readonly string[] = [
  "iam:CreateRole",
  "iam:DeleteRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
];

/** Name of the permissions boundary. */
export const boundaryName = "linnix-boundary";

/** Conditions: of what is made, of what exists, and of roles. */
export const conditions = {
  made: { StringEquals: { [`aws:RequestTag/Project`]: projectTag } },
  own: { StringEquals: { [`aws:ResourceTag/Project`]: projectTag } },
  bounded: { StringLike: { "iam:PermissionsBoundary": `arn:aws:iam::*:policy/${boundaryName}` } },
} as const;
