/** What the Docker engine needs to build and push images of the box: ECR's name, and a base image that trusts its servers. */
import * as fs from "node:fs";
import * as path from "node:path";

import type { Home } from "../../scripts/lib/home";
import { embeddedEnvironment, places } from "../../scripts/engine/places";
import { run } from "../../scripts/lib/run";
import { registryName } from "../host/world/addresses";

/** The hosts file that the engine reads: the embedded one has a root of its own. */
function hostsFile(home: Home): string {
  if (process.env.DOCKER_HOST !== embeddedEnvironment(home).DOCKER_HOST) return "/etc/hosts";
  const pid = fs.readFileSync(places(home).pid, "utf8").trim();
  return `/proc/${pid}/root/etc/hosts`;
}

/**
 * Lets the engine find ECR's name at an address of this machine, until the returned function is called. An engine that
 * finds a registry at a loopback address does not check its certificate.
 */
export function nameRegistry(home: Home, address: string): () => void {
  const file = hostsFile(home);
  const mark = "# linnix tests/aws";
  const others = () =>
    fs
      .readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !line.endsWith(mark))
      .join("\n");
  // Written in place: a hosts file may be a mount.
  fs.writeFileSync(file, `${others().trimEnd()}\n${address} ${registryName} ${mark}\n`);
  return () => {
    fs.writeFileSync(file, others());
  };
}

/**
 * A base image of the llama image whose package ca-certificates has one authority more, so that the model can be downloaded
 * from the box's own server. Nothing else differs. Returns its name.
 *
 * @param base the usual one.
 */
export async function trustingBase(base: string, authority: string): Promise<string> {
  const tag = `${base.replace(/:[^:/]*$/, "")}-box:latest`;
  const unpack = `#!/bin/sh
/usr/bin/dpkg-deb "$@" || exit
case "$1 $3" in
"--extract "*/ca-certificates) cp /box.crt "$3/usr/share/ca-certificates/box.crt" ;;
esac`;
  const dockerfile = `FROM ${base}
COPY <<"END" /box.crt
${fs.readFileSync(authority, "utf8").trim()}
END
COPY --chmod=755 <<"END" /usr/local/bin/dpkg-deb
${unpack}
END
`;
  const args = ["buildx", "build", "--builder", "default", "--load", "--tag", tag, "-"];
  await run("docker", args, { input: dockerfile });
  return tag;
}

/** Removes what the registry has of a repository, whose deletion the API was asked for. */
export function removeRepository(repositories: string, name: string): void {
  fs.rmSync(path.join(repositories, name), { recursive: true, force: true });
}
