import { createHash } from "node:crypto";

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { type engineLabels, keepLabels } from "../../services/labels";
import { type ConfigFile, type ServiceSpec, configFolder } from "../../services/service";
import { docker as dockerCli } from "./docker-cli";

/** Inputs of the resource that writes the files. */
interface FilesInputs {
  readonly volume: string;
  /** An image that is on the engine; it is not run. */
  readonly image: string;
  /** The user that alone can read the files, as `uid:gid`. */
  readonly user: string;
  /** The files' texts by name. */
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * Copies the files into their volume, through a container that is never started: unlike files of this machine, they reach a
 * remote engine.
 */
export async function writeFiles({ volume, image, user, texts }: FilesInputs): Promise<void> {
  /* eslint-disable-next-line @typescript-eslint/no-require-imports -- a serialised provider loads what it needs when it runs */
  const { createTar } = require("nanotar") as typeof import("nanotar");
  const [uid = 0, gid = 0] = user.split(":").map(Number);
  const files = Object.entries(texts).map(([name, data]) => ({ name, data, attrs: { mode: "400", uid, gid } }));
  const helper = `${volume}-copy`;
  const succeed = async (args: readonly string[], input?: Uint8Array) => {
    const { status, stderr } = await dockerCli(args, 60, input);
    if (status !== 0) throw new Error(`docker ${args[0] ?? ""} of the files in volume ${volume}: ${stderr.trim()}`);
  };
  await succeed(["rm", "--force", "--volumes", helper]);
  const mount = `type=volume,source=${volume},target=${configFolder}`;
  await succeed(["create", "--name", helper, "--network", "none", "--mount", mount, image]);
  try {
    await succeed(["cp", "-", `${helper}:${configFolder}`], createTar(files));
  } finally {
    await succeed(["rm", "--force", "--volumes", helper]);
  }
}

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: FilesInputs) {
    await writeFiles(inputs);
    // Not the texts: they may contain secrets, and the volume's name identifies them.
    return { id: inputs.volume, outs: { volume: inputs.volume } };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
  async diff(_id, state: Pick<FilesInputs, "volume">, inputs: FilesInputs) {
    const changes = state.volume !== inputs.volume;
    return { changes, replaces: changes ? ["volume"] : [] };
  },
};

class VolumeFiles extends pulumi.dynamic.Resource {
  declare readonly volume: pulumi.Output<string>;

  constructor(
    name: string,
    args: { [Key in keyof FilesInputs]: pulumi.Input<FilesInputs[Key]> },
    options: pulumi.CustomResourceOptions,
  ) {
    super(provider, name, args, options, "linnix", "VolumeFiles");
  }
}

/** The texts of files by name; secret if one contains a secret. */
function textsOf(
  files: readonly ConfigFile[],
  valueOf: (secret: string) => pulumi.Input<string>,
): pulumi.Output<Record<string, string>> {
  const text = ({ parts }: ConfigFile) =>
    pulumi
      .all(parts.map((part) => (typeof part === "string" ? part : pulumi.secret(valueOf(part.secret)))))
      .apply((known) => known.join(""));
  return pulumi.all(Object.fromEntries(files.map((file) => [file.name, text(file)])));
}

/**
 * The volume's name: other texts, or the same for another user, are in another volume, so a container with other files is
 * another container.
 */
const volumeName = ({ name, user }: ServiceSpec, texts: Readonly<Record<string, string>>): string =>
  `${name}-${createHash("sha256")
    .update(JSON.stringify([user, texts]))
    .digest("hex")
    .slice(0, 12)}`;

/**
 * The mount of a container's files, known when the files are in their volume; none if the container has no files. The
 * provider's own uploads are no use: it uploads to `/`, which the engine refuses for a container with a read-only root.
 *
 * @param image an image that is on the engine.
 * @param valueOf a secret's value; by default there is none.
 */
export function filesMount(
  name: string,
  {
    spec,
    image,
    labels,
  }: {
    readonly spec: ServiceSpec;
    readonly image: pulumi.Input<string>;
    readonly labels: ReturnType<typeof engineLabels>;
  },
  parent: pulumi.Resource,
  valueOf: (secret: string) => pulumi.Input<string> = () => "",
): docker.types.input.ContainerMount[] {
  if (spec.files === undefined) return [];
  const texts = textsOf(spec.files, valueOf);
  // Not secret: a webhook's address has too many random characters to be found from 48 bits of a hash.
  const source = pulumi.unsecret(texts.apply((known) => volumeName(spec, known)));
  const volume = new docker.Volume(name, { name: source, labels }, { ...keepLabels, parent });
  const written = new VolumeFiles(
    `${name}-content`,
    { volume: volume.name, image, user: spec.user, texts },
    { parent },
  );
  return [{ type: "volume", source: written.volume, target: configFolder, readOnly: true }];
}
