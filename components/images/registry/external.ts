import * as pulumi from "@pulumi/pulumi";

import { parseRegistry } from "../../settings/registry/reference";
import { required } from "../../settings/required";
import { type PullAccess, type Registry, registryCache } from "./registry";

/** A registry's address and user. */
interface ExternalLogin {
  /** Without scheme, with a path where the registry needs one: `ghcr.io/my-org`. */
  readonly address: string;
  readonly user: string;
}

/** Arguments of {@link externalRegistry}. */
export interface ExternalRegistryArgs extends ExternalLogin {
  readonly stack: string;
  /** Must be allowed to push; `write:packages` on ghcr.io. Made secret here. */
  readonly password: pulumi.Input<string>;
}

/** `docker login` takes the registry itself, without the path. */
const loginAddress = (address: string): string => address.split("/")[0] ?? address;

/** Where engines look for the login of Docker Hub: its address from before it had its present one. */
const dockerHub = { host: "docker.io", key: "https://index.docker.io/v1/" } as const;

/** What a host needs to pull from such a registry. */
export function externalPull({ address, user }: ExternalLogin): PullAccess {
  const { host, port } = required(parseRegistry(address), "linnix:registry");
  const key = host === dockerHub.host ? dockerHub.key : loginAddress(address);
  return { login: { address: key, user }, ports: [port], repositoryArns: [] };
}

/**
 * An existing registry, such as ghcr.io. The first push creates a repository.
 *
 * Repository names contain the stack's name and no further slash: Docker Hub accepts only one after the user's name.
 */
export function externalRegistry(args: ExternalRegistryArgs): Registry {
  const { stack, address, user, password } = args;
  const named = (part: string) => `${address}/linnix-${stack}-${part}`;
  return {
    pushes: true,
    repository: (image) => pulumi.output(named(image)),
    credentials: [{ address: loginAddress(address), username: user, password: pulumi.secret(password) }],
    cache: (image, architecture) => registryCache(`${named("cache")}:${image}-${architecture}`),
    pull: externalPull(args),
  };
}
