import * as pulumi from "@pulumi/pulumi";

import type { Registry } from "./registry";

/** No registry: images stay on the engine that builds them. */
export function noRegistry(): Registry {
  return {
    pushes: false,
    repository: (image) => pulumi.output(`linnix/${image}`),
    credentials: [],
    cache: () => undefined,
    repositoryArns: pulumi.output([]),
  };
}
