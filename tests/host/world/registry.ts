import * as fs from "node:fs";
import * as path from "node:path";

import { run, tryRun } from "../../../scripts/lib/run";
import { registryName } from "./addresses";
import type { Certificates } from "./certificates";
import { line, type Namespace } from "./namespace";
import { inner } from "./ports";

/** The htpasswd entry of `AWS:123456789012-auth-token`, which moto's ECR gives to everyone. Not a secret. */
const login = "AWS:$2b$04$lKXVZFTJ24C7s8xxkzyfxuoRPZBCinO.A/svVFBxhzo2ekQ5g4bHe\n";

interface Guard {
  readonly certificates: Certificates;
  readonly htpasswd: string;
}

/** The registry's configuration; JSON is YAML too. */
function configuration(storage: string, address: string, guard?: Guard): string {
  const { certificates } = guard ?? {};
  return JSON.stringify({
    version: "0.1",
    log: { accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage } },
    http: {
      addr: address,
      secret: "of-a-test",
      ...(certificates === undefined ? {} : { tls: { certificate: certificates.certificate, key: certificates.key } }),
    },
    ...(guard === undefined ? {} : { auth: { htpasswd: { realm: "ecr", path: guard.htpasswd } } }),
  });
}

/**
 * Registries with one folder: the virtual machine pulls from one by ECR's name, with TLS and a password; this machine's
 * engine pushes to another on its own loopback address, for which engines need no TLS.
 */
export class Registry {
  private constructor(
    /** The address to which this machine's engine pushes. */
    readonly pushAddress: string,
    /** The folder with one folder for each repository. */
    readonly repositories: string,
  ) {}

  /** @param named an address of this machine at which its engine pushes by ECR's name, too. Default: none. */
  static async start(
    inside: Namespace,
    certificates: Certificates,
    pushPort: number,
    named?: string,
  ): Promise<Registry> {
    const file = (name: string) => path.join(inside.folder, name);
    const htpasswd = file("registry.htpasswd");
    fs.writeFileSync(htpasswd, login);
    const guard = { certificates, htpasswd };
    const servers = [
      ["registry", "own", `127.0.0.1:${inner.registry}`, guard],
      ["push-registry", "machine", `127.0.0.1:${pushPort}`, undefined],
      ...(named === undefined ? [] : [["named-registry", "machine", `${named}:443`, guard] as const]),
    ] as const;
    for (const [name, network, address, guarded] of servers) {
      fs.writeFileSync(file(`${name}.json`), configuration(file("registry"), address, guarded));
      const args = ["serve", file(`${name}.json`)];
      const child = inside.start({ place: "tools", name, command: "docker-registry", args, network });
      await line(child, /listening on/, 30, inside.log(name));
    }
    return new Registry(`127.0.0.1:${pushPort}`, path.join(file("registry"), "docker/registry/v2/repositories"));
  }

  /** The reference by which the machine pulls a pushed image. */
  pulledAs(reference: string): string {
    return reference.replace(this.pushAddress, registryName);
  }

  /** Pushes an image of this machine's engine; returns the reference by which the machine pulls it. */
  async push(image: string, repository: string): Promise<string> {
    const tag = `${this.pushAddress}/${repository}:pushed`;
    await run("docker", ["tag", image, tag]);
    try {
      const { stdout } = await run("docker", ["push", tag]);
      const [, digest] = /digest: (sha256:[0-9a-f]{64})/.exec(stdout) ?? [];
      if (digest === undefined) throw new Error(`docker push ${tag} printed no digest:\n${stdout}`);
      return this.pulledAs(`${this.pushAddress}/${repository}@${digest}`);
    } finally {
      await tryRun("docker", ["image", "rm", tag]);
    }
  }
}
