/** Statements of actions whose reach neither a name nor a tag alone describes. Pure. */
import type { Statement } from "../../../components/hosts/ec2/policy";
import { parameterNames } from "../../../components/hosts/ec2/protocol";
import { parameterPrefix } from "../../../components/hosts/ec2/stack";
import { changeName } from "../../../components/hosts/ec2/rollout/change";
import { lookName } from "../../../components/hosts/ec2/rollout/look";
import { conditions, names } from "./scopes";

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[], rest = {}): Statement => ({
  ...{ Sid, Effect: "Allow", Action, Resource },
  ...rest,
});

const parameter = (name: string): string => `arn:aws:ssm:*:*:parameter${name}`;

const readParameter = ["ssm:GetParameter", "ssm:GetParameters"];

/** Reads AWS's public parameters, which name machine images, and what host and rollout tell each other. No secret is there. */
export const openParameters: readonly Statement[] = [
  allow("OpenParameters", readParameter, [
    "arn:aws:ssm:*::parameter/aws/service/*",
    ...Object.values(parameterNames(parameterPrefix("*"))).map(parameter),
  ]),
];

/** Reads the stacks' secrets: a refresh compares them. The key is a stack's own; AWS's needs no permission. */
export const secretParameters: readonly Statement[] = [
  allow("Secrets", readParameter, [parameter(`${parameterPrefix("*")}/secrets/*`)]),
  allow("DecryptSecrets", ["kms:Decrypt"], ["arn:aws:kms:*:*:key/*"], {
    Condition: { StringEquals: conditions.own.StringEquals, StringLike: { "kms:ViaService": "ssm.*.amazonaws.com" } },
  }),
];

const document = (name: string): string => `arn:aws:ssm:*:*:document/${name}`;

const instances = "arn:aws:ec2:*:*:instance/*";

const command = (Sid: string, documents: readonly string[]): Statement[] => [
  allow(`${Sid}Documents`, ["ssm:SendCommand"], documents),
  allow(`${Sid}Hosts`, ["ssm:SendCommand"], [instances], { Condition: conditions.own }),
];

/** Asks the stacks' hosts by their own documents, and reads the answers. */
export const look: readonly Statement[] = [
  ...command("Look", [document(lookName("*"))]),
  allow("Answers", ["ssm:GetCommandInvocation", "ssm:DescribeInstanceInformation"], ["*"]),
];

/** Applies, rolls back and removes releases on the stacks' hosts, by their own documents. */
export const change: readonly Statement[] = command("Change", [document(changeName("*"))]);

/** The services that an update passes roles to. */
const roleUsers = ["ec2.amazonaws.com", "dlm.amazonaws.com", "vpc-flow-logs.amazonaws.com"];

/** Gives the stacks' roles to AWS's services. */
export const passRole: readonly Statement[] = [
  allow("PassRole", ["iam:PassRole"], [`arn:aws:iam::*:role/${names["iam:role"] ?? ""}`], {
    Condition: { StringEquals: { "iam:PassedToService": roleUsers } },
  }),
];

/** Makes the role through which alarms recover and reboot a host. */
export const alarmsRole: readonly Statement[] = [
  allow(
    "AlarmsRole",
    ["iam:CreateServiceLinkedRole"],
    ["arn:aws:iam::*:role/aws-service-role/events.amazonaws.com/*"],
    { Condition: { StringEquals: { "iam:AWSServiceName": "events.amazonaws.com" } } },
  ),
];

/**
 * Tags of EC2: with what is made, and of what is this project's. The provider tags the root volume and a VPC's default group only
 * after they exist, so these two can be tagged whosever they are.
 *
 * @param makers names of the actions that make something with tags.
 * @param made the ARNs of what they make.
 */
export const ec2Tags = (makers: readonly string[], made: readonly string[]): Statement[] => [
  allow("TagMade", ["ec2:CreateTags"], made, {
    Condition: { StringEquals: { "ec2:CreateAction": makers.map((name) => name.replace("ec2:", "")) } },
  }),
  allow("TagOwn", ["ec2:CreateTags", "ec2:DeleteTags"], made, { Condition: conditions.own }),
  allow(
    "TagAfterwards",
    ["ec2:CreateTags"],
    ["volume", "security-group"].map((type) => `arn:aws:ec2:*:*:${type}/*`),
    {
      Condition: conditions.made,
    },
  ),
];
