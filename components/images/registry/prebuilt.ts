import * as pulumi from "@pulumi/pulumi";

import type { PrebuiltImages } from "../../settings/registry/types";
import { ecrAddress } from "../../settings/registry/ecr-address";
import { parseReference } from "../../settings/registry/reference";
import type { PullAccess } from "./registry";

/** ARN of the ECR repository that holds an image; undefined for an image in another registry. */
export function repositoryArn(reference: string): string | undefined {
  const found = ecrAddress(reference);
  if (found === undefined) return undefined;
  const { partition, region, account, repository } = found;
  return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
}

/**
 * What a host needs to pull prebuilt images: access to the registries that their names contain.
 *
 * @param configured access to the registry of `linnix:registry`, for its login.
 */
export function prebuiltPull(images: PrebuiltImages, configured: PullAccess): PullAccess {
  const references = Object.values(images);
  const arns = new Set(references.flatMap((reference) => repositoryArn(reference) ?? []));
  return {
    ...configured,
    ports: [...configured.ports, ...references.map((reference) => parseReference(reference)?.port ?? 443)],
    repositoryArns: [...arns].map((arn) => pulumi.output(arn)),
  };
}
