import * as pulumi from "@pulumi/pulumi";

import { type PullAccess, type Registry } from "./registry";

/** Nothing to pull. */
export const noPull: PullAccess = { ports: [], repositoryArns: [] };

/** No registry: images stay on the engine that builds them. */
export function noRegistry(): Registry {
  return {
    pushes: false,
    repository: (image) => pulumi.output(`linnix/${image}`),
    credentials: [],
    cache: () => undefined,
    pull: noPull,
  };
}
