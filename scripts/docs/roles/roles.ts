/** The policies of whoever previews, plans and deploys, as files for IAM. */
import { type PolicyDocument, policy } from "../../../components/hosts/ec2/policy";
import { type PolicyName, type TypeRights, programRights, typeRights } from "../deployer-rights";
import { boundary } from "./boundary";
import { type ActionFacts, actionFacts } from "./iam-facts";
import { scoped } from "./scoped";
import { alarmsRole, change, ec2Tags, look, openParameters, passRole, secretParameters } from "./statements";

/** Actions that statements of their own allow. */
const special = [
  ...[
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "iam:CreateServiceLinkedRole",
    "iam:PassRole",
    "ssm:DescribeInstanceInformation",
  ],
  ...["ssm:GetCommandInvocation", "ssm:GetParameter", "ssm:GetParameters", "ssm:SendCommand"],
];

/** Whole names of actions from lines `service: Action Action…`. */
function actionsOf({ actions }: TypeRights): string[] {
  return actions.flatMap((line) => {
    const [service = "", names = ""] = line.split(": ");
    return names.split(" ").map((name) => `${service}:${name}`);
  });
}

/** The actions of a policy, or of all: each once, in alphabetical order. */
export function deployerActions(name?: PolicyName): string[] {
  const all = [...Object.values(typeRights), ...programRights];
  return [...new Set(all.filter(({ policy: own }) => name === undefined || own === name).flatMap(actionsOf))].sort();
}

const usual = async (name?: PolicyName): Promise<ActionFacts[]> =>
  actionFacts(deployerActions(name).filter((action) => !special.includes(action)));

/** What a part of a deployment changes; what it reads is a policy of its own. */
async function changes(name: PolicyName) {
  return scoped(
    "",
    (await usual(name)).filter(({ reads }) => !reads),
  );
}

/** The ARNs of what EC2's actions make with this project's tag, and the actions. */
async function madeInEc2(): Promise<{ makers: string[]; arns: string[] }> {
  const found = (await changes("network-and-host")).filter(
    ({ Sid, Condition }) => Sid.startsWith("Ec2") && JSON.stringify(Condition ?? {}).includes("RequestTag"),
  );
  return {
    makers: found.flatMap(({ Action }) => Action),
    arns: found.flatMap(({ Resource = [] }) => Resource),
  };
}

/** What a person replaces in the files. */
const bucket = "arn:aws:s3:::STATE_BUCKET";
const stateKey = "arn:aws:kms:*:*:key/STATE_KEY";

const statement = (Sid: string, Action: readonly string[], Resource: readonly string[]) =>
  ({ Sid, Effect: "Allow", Action, Resource }) as const;

/** Reads a backend in S3, and decrypts the secrets in it with the key of Pulumi's secrets provider. */
const stateRead = [
  statement("List", ["s3:ListBucket"], [bucket]),
  statement("Read", ["s3:GetObject"], [`${bucket}/*`]),
  statement("Decrypt", ["kms:Decrypt"], [stateKey]),
];
const stateWrite = [
  statement("Write", ["s3:PutObject", "s3:DeleteObject"], [`${bucket}/*`]),
  statement("Encrypt", ["kms:Encrypt", "kms:GenerateDataKey"], [stateKey]),
];

/** Lets GitHub's jobs in one of these environments assume a role. */
const trust = (...environments: string[]): PolicyDocument =>
  policy({
    Sid: "GitHub",
    Effect: "Allow",
    Principal: { Federated: "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com" },
    Action: ["sts:AssumeRoleWithWebIdentity"],
    Condition: {
      StringEquals: {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": environments.map(
          (name) => `repo:OWNER/REPOSITORY:environment:${name}`,
        ),
      },
    },
  });

/** The managed policies, by the names of their files. */
export async function managedPolicies() {
  const reads = (await usual()).filter((it) => it.reads);
  const { makers, arns } = await madeInEc2();
  return {
    read: policy(...scoped("Read", reads), ...openParameters),
    look: policy(...look, ...secretParameters),
    "deploy-network-and-host": policy(...(await changes("network-and-host")), ...ec2Tags(makers, arns), ...passRole),
    "deploy-identity-and-storage": policy(...(await changes("identity-and-storage")), ...passRole),
    "deploy-monitoring-and-release": policy(...(await changes("monitoring-and-release")), ...change, ...alarmsRole),
    "state-read": policy(...stateRead),
    "state-write": policy(...stateWrite),
    boundary: boundary(),
  };
}

/** Name of a managed policy's file. */
export type ManagedPolicy = keyof Awaited<ReturnType<typeof managedPolicies>>;

/** A role of the workflows. */
export interface Role {
  readonly policies: readonly ManagedPolicy[];
  readonly trust: PolicyDocument;
  /** Who assumes it, for what. */
  readonly use: string;
}

const planned = ["read", "look", "state-read"] as const;

/** The roles by name. Each includes the one before. */
export const roles: Readonly<Record<"preview" | "plan" | "deploy", Role>> = {
  preview: {
    policies: ["read", "state-read"],
    trust: trust("preview"),
    use: "`preview.yml`, for pull requests: what is there, without secrets, hosts and refresh",
  },
  plan: {
    policies: planned,
    trust: trust("plan"),
    use: "`drift.yml` and the plan of `deploy.yml`: the same with `--refresh`, which reads secrets and looks at hosts",
  },
  deploy: {
    policies: [
      ...planned,
      ...(["deploy-network-and-host", "deploy-identity-and-storage", "deploy-monitoring-and-release"] as const),
      "state-write",
    ],
    trust: trust("dev", "prod"),
    use: "`deploy.yml`, and people: everything of a deployment",
  },
};
