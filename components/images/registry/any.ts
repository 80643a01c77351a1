import * as pulumi from "@pulumi/pulumi";

import { type Registry, registryCache } from "./registry";

/** Arguments of {@link anyRegistry}. */
export interface AnyRegistryArgs {
  readonly stack: string;
  /** Without scheme, with a path where the registry wants one: `ghcr.io/my-org`. */
  readonly address: string;
  readonly user: string;
  /** May push to it; `write:packages` on ghcr.io. Made secret here, whatever it was. */
  readonly password: pulumi.Input<string>;
}

/**
 * A registry that exists already, such as ghcr.io. Repositories come into being with the first push.
 *
 * Their names hold the stack's and no further slash: Docker Hub takes just one after the user's name.
 */
export function anyRegistry(args: AnyRegistryArgs): Registry {
  const { stack, address, user, password } = args;
  const named = (part: string) => `${address}/linnix-${stack}-${part}`;
  const [host = address] = address.split("/");
  return {
    pushes: true,
    repository: (image) => pulumi.output(named(image)),
    credentials: [{ address: host, username: user, password: pulumi.secret(password) }],
    cache: (image, architecture) => registryCache(`${named("cache")}:${image}-${architecture}`),
    repositoryArns: pulumi.output([]),
  };
}
