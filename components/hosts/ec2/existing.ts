/**
 * What exists already of the resources with fixed names: AWS would refuse to create it again. `protect` keeps such resources when
 * the stack no longer needs them, and an update that is killed may not have recorded what it created.
 */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { formatFault } from "../../settings/fault";
import { keyAlias, keyDescription } from "./identity/key";
import { changeName } from "./rollout/change";
import { changeDocument } from "./rollout/change-document";
import { type CommandDocument, isOf } from "./rollout/command-document";
import { lookName } from "./rollout/look";
import { lookDocument } from "./rollout/look-document";
import { type Ec2StackSettings, logGroup, logParts, parameterPrefix, projectTag, repositoryPrefix } from "./stack";

/** Resources of the stack by name, from this or an earlier update. */
export interface Existing {
  readonly logGroups: ReadonlySet<string>;
  readonly repositories: ReadonlySet<string>;
  /** Documents of Systems Manager. */
  readonly documents: ReadonlySet<string>;
  /** Id of the key that the stack's alias names. */
  readonly keyId?: string;
}

/** What AWS answers for an alias or a document that does not exist, in the words of its provider. */
const absent = /couldn't find resource|empty result|not found|\bInvalidDocument\b/i;

/** What a look-up finds; undefined if there is nothing. */
async function ifPresent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Error && absent.test(error.message)) return undefined;
    throw error;
  }
}

const keyOf = async (alias: string): Promise<string | undefined> =>
  (await ifPresent(aws.kms.getAlias({ name: alias })))?.targetKeyId;

/** An existing resource, and what shows whose it is. */
interface Found {
  /** What it is, for a message: `log group`. */
  readonly kind: string;
  readonly name: string;
  readonly isOurs: boolean;
  /** What makes it the stack's, if it is. */
  readonly remedy: string;
}

/** Whether the tags are those of a stack of this project, see {@link tags}. AWS sets them when it creates the resource. */
const areOurs = (stack: string, found: Readonly<Record<string, string>> | undefined): boolean =>
  found?.Project === projectTag && found.Stack === stack;

/** The region that an ARN names: a command without one would ask the shell's own. */
const regionOf = (arn: string): string => arn.split(":")[3] ?? "";

async function findLogGroup(stack: string, name: string): Promise<Found> {
  const { arn, tags: found } = await aws.cloudwatch.getLogGroup({ name });
  const remedy = `aws logs tag-resource --region ${regionOf(arn)} --resource-arn ${arn.replace(/:\*$/, "")} --tags Project=${projectTag},Stack=${stack}`;
  return { kind: "log group", name, isOurs: areOurs(stack, found), remedy };
}

async function findRepository(stack: string, name: string): Promise<Found> {
  const { arn, tags: found } = await aws.ecr.getRepository({ name });
  const remedy = `aws ecr tag-resource --region ${regionOf(arn)} --resource-arn ${arn} --tags Key=Project,Value=${projectTag} Key=Stack,Value=${stack}`;
  return { kind: "repository", name, isOurs: areOurs(stack, found), remedy };
}

/** The provider does not read a document's tags. */
async function findDocument(name: string, document: CommandDocument): Promise<Found[]> {
  const found = await ifPresent(aws.ssm.getDocument({ name, documentFormat: "JSON" }));
  if (found === undefined) return [];
  const remedy = `aws ssm delete-document --region ${regionOf(found.arn)} --name ${name}`;
  return [{ kind: "document", name, isOurs: isOf(document, found.content), remedy }];
}

/** The provider does not read a key's tags. */
async function findKey(stack: string, keyId: string): Promise<Found> {
  const { arn, description } = await aws.kms.getKey({ keyId });
  const remedy = `aws kms delete-alias --region ${regionOf(arn)} --alias-name ${keyAlias(stack)}`;
  return {
    kind: `key of the alias ${keyAlias(stack)},`,
    name: keyId,
    isOurs: description === keyDescription(stack),
    remedy,
  };
}

/** Rejects resources of these names that are not this stack's: taken over, they would be changed and, later, deleted. Pure. */
function requireOurs(stack: string, found: readonly Found[]): void {
  const foreign = found.filter(({ isOurs }) => !isOurs);
  if (foreign.length === 0) return;
  const faults = foreign.map(({ kind, name, remedy }) =>
    formatFault({
      key: "stack",
      value: stack,
      problem: `needs the ${kind} ${name}, which exists and is not this stack's: it must have been made by a stack of this name`,
      remedy: `choose another name for the stack, or, if it is this stack's: ${remedy}`,
    }),
  );
  throw new pulumi.RunError(faults.join("\n"));
}

/** A list of AWS's provider, which leaves out an empty one, whatever its type says: an account without a repository has no `names`. */
const listed = (names: readonly string[] | undefined): readonly string[] => names ?? [];

/** The names of the repositories that the stack makes. */
function repositoryNames({ stack, services, registry }: Ec2StackSettings): string[] {
  return registry.kind === "ecr" ? [...services, "cache"].map((part) => `${repositoryPrefix(stack)}${part}`) : [];
}

/** The names of the log groups that the stack makes. */
function logGroupNames(settings: Ec2StackSettings): string[] {
  const parts = [...logParts(settings), ...(settings.host.flowLogs ? (["flow"] as const) : [])];
  return parts.map((part) => logGroup(settings.stack, part));
}

/**
 * Looks up what exists; takes a second or two, once for each update.
 *
 * @throws if something of these names is not this stack's.
 */
export async function lookUpExisting(settings: Ec2StackSettings): Promise<Existing> {
  const { stack, host } = settings;
  const [groups, repositories, look, change, keyId] = await Promise.all([
    aws.cloudwatch.getLogGroups({ logGroupNamePrefix: `${parameterPrefix(stack)}/` }),
    aws.ecr.getRepositories({}),
    findDocument(lookName(stack), lookDocument(stack)),
    findDocument(changeName(stack), changeDocument(stack)),
    host.customerKey ? keyOf(keyAlias(stack)) : undefined,
  ]);
  const existingGroups = logGroupNames(settings).filter((name) => listed(groups.logGroupNames).includes(name));
  const existingRepositories = repositoryNames(settings).filter((name) => listed(repositories.names).includes(name));
  const found = await Promise.all([
    ...existingGroups.map((name) => findLogGroup(stack, name)),
    ...existingRepositories.map((name) => findRepository(stack, name)),
    ...(keyId === undefined ? [] : [findKey(stack, keyId)]),
  ]);
  const documents = [...look, ...change];
  requireOurs(stack, [...found, ...documents]);
  return {
    logGroups: new Set(existingGroups),
    repositories: new Set(existingRepositories),
    documents: new Set(documents.map(({ name }) => name)),
    ...(keyId === undefined ? {} : { keyId }),
  };
}
