import { runSimulation } from "@cloud-copilot/iam-simulate";

import { account } from "../../host/world/addresses";
import type { PermissionRequest } from "./requests";

/** A policy of an identity. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: unknown;
}

/** Whose permissions are asked for. */
export interface Identity {
  readonly principal: string;
  readonly policies: readonly NamedPolicy[];
  /** Policies of resources, by ARN; a bucket's counts for its objects. Default: none, and of a key AWS's own. */
  readonly resourcePolicies?: Readonly<Record<string, unknown>>;
  /** Default: none. */
  readonly boundary?: NamedPolicy;
}

const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/** The policy of a key that was made without one. Without any policy, nobody may use a key. */
const usualKeyPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" }],
};

/** AWS's own parameters and documents have no account in their ARN, which the simulator does not know: here they have one. */
function withAccount<T>(policy: T): T {
  return JSON.parse(JSON.stringify(policy).replaceAll(/(arn:aws:ssm:[^:"]*)::/g, "$1:999999999999:")) as T;
}

/** The answer of IAM's rules, evaluated offline: undefined if the request is allowed, else why it is not. */
async function refusal(identity: Identity, request: PermissionRequest): Promise<string | undefined> {
  const { principal, policies, resourcePolicies = {}, boundary } = withAccount(identity);
  const { action, resource, context } = withAccount(request);
  const ofResource = Object.entries(resourcePolicies).find(
    ([arn]) => resource === arn || resource.startsWith(`${arn}/`),
  )?.[1];
  const resourcePolicy = ofResource ?? (/^arn:aws:kms:.*:key\//.test(resource) ? usualKeyPolicy : undefined);
  const result = await runSimulation(
    {
      request: {
        ...{ principal, action, resource: { resource, accountId: account } },
        contextVariables: { "aws:SecureTransport": "true", ...context },
      },
      identityPolicies: [...policies],
      serviceControlPolicies: [{ orgIdentifier: "none", policies: [{ name: "everything", policy: everything }] }],
      resourceControlPolicies: [],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
      ...(boundary === undefined ? {} : { permissionBoundaryPolicies: [boundary] }),
    },
    {},
  );
  if (result.resultType === "error") return JSON.stringify(result.errors);
  return result.overallResult === "Allowed" ? undefined : result.overallResult;
}

/** The requests that AWS would deny, one line each. */
export async function denied(identity: Identity, requests: readonly PermissionRequest[]): Promise<string[]> {
  const different = new Map(requests.map((request) => [JSON.stringify(request), request]));
  const lines: string[] = [];
  for (const request of different.values()) {
    const why = await refusal(identity, request);
    const { action, resource, context } = request;
    if (why !== undefined) lines.push(`${action} on ${resource} ${JSON.stringify(context)}: ${why}`);
  }
  return lines;
}

/** The actions that the policies allow, by name; policies of this project have no wildcards there. */
export function allowedActions(policies: readonly NamedPolicy[]): string[] {
  const all = policies.flatMap(({ policy }) =>
    (policy as { Statement: { Effect: string; Action: string | string[] }[] }).Statement.flatMap(
      ({ Effect, Action }) => (Effect === "Allow" ? Action : []),
    ),
  );
  return [...new Set(all)].sort();
}
