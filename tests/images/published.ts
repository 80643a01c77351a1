import type { BuildSpec } from "../../components/images/build-spec";
import { platformTag } from "../../components/images/tags";
import { machineArchitecture } from "../../components/settings/load";
import {
  type PublishedImage,
  type Publishing,
  architectures,
  publishIndex,
  publishPlatform,
  repositoryOf,
} from "../../scripts/images/publish";
import { dockerRegistry } from "../../scripts/images/registry";
import { projectFolder } from "../../scripts/lib/home";
import { run } from "../../scripts/lib/run";
import { docker } from "./docker";

/**
 * Publishes images to a registry without a login, and removes them from the engine. Of the other platform, which nothing here
 * runs, an empty image stands in.
 *
 * @param address the registry's, with the owner's path.
 */
export async function publishHere(address: string, specs: readonly BuildSpec[]): Promise<PublishedImage[]> {
  const publishing: Publishing = {
    registry: dockerRegistry(process.env),
    address,
    builder: "default",
    attest: false,
    build: async (_, args) => {
      await run("docker", args, { cwd: projectFolder });
    },
    note: () => undefined,
  };
  const [own = "amd64"] = architectures.filter((it) => it === machineArchitecture);
  const published = [];
  for (const spec of specs) {
    const tagOf = (architecture: (typeof architectures)[number]) =>
      `${repositoryOf(address, spec)}:${platformTag(spec, architecture)}`;
    await publishPlatform(publishing, spec, own);
    for (const foreign of architectures.filter((it) => it !== own)) {
      const build = ["buildx", "build", "--builder", "default", "--platform", `linux/${foreign}`, "--push"];
      await run("docker", [...build, "--tag", tagOf(foreign), "-"], { input: "FROM scratch\nLABEL empty=yes\n" });
    }
    published.push(await publishIndex(publishing, spec));
    await docker("image", "rm", ...architectures.map(tagOf));
  }
  return published;
}
