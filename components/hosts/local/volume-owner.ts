import * as pulumi from "@pulumi/pulumi";

import { sameValue } from "../../canonical";
import { dockerRunArguments } from "../../services/render/docker-run";
import type { ServiceSpec } from "../../services/service";
import { docker, lastLines } from "./docker-cli";

/** Inputs of the change of owner. */
interface OwnerInputs {
  /** The container that changes the owner, see `ownerSpec`. */
  readonly spec: ServiceSpec;
  /** Its image by digest. */
  readonly image: string;
  readonly labels: readonly { readonly label: string; readonly value: string }[];
  /** The container that writes to the volumes. */
  readonly writer: { readonly name: string; readonly user: string };
}

/** What decides whether the owner has changed: another image changes none. */
type OwnerState = Pick<OwnerInputs, "spec">;

/** Whether the writer exists with another user. */
async function isOther({ name, user }: OwnerInputs["writer"]): Promise<boolean> {
  const { status, stdout } = await docker(["container", "inspect", "--format", "{{.Config.User}}", name]);
  return status === 0 && stdout.trim() !== user;
}

/**
 * Runs the container to its end. A writer with another user is stopped before: what it wrote meanwhile would be its own. The
 * update replaces it next.
 *
 * @throws with what the container printed if it failed; the writer runs again then.
 */
export async function changeOwner({ spec, image, labels, writer }: OwnerInputs): Promise<void> {
  const stops = await isOther(writer);
  if (stops) {
    console.log(`${writer.name}: stopped, so that its files can be given to ${writer.user}`);
    const { status, stderr } = await docker(["stop", writer.name], 120);
    if (status !== 0) throw new Error(`docker stop ${writer.name}: ${stderr.trim()}`);
  }
  const named = labels.flatMap(({ label, value }) => ["--label", `${label}=${value}`]);
  const run = await docker(["run", "--rm", "--pull", "never", ...named, ...dockerRunArguments(spec, { image })], 1800);
  const lines = lastLines(`${run.stdout}${run.stderr}`, 15);
  if (run.status === 0) {
    console.log(`${spec.name}: ${lines.join(", ")}`);
    return;
  }
  if (stops) await docker(["start", writer.name]);
  const outdated = run.status === 127 ? ["The image is of an earlier version: use one that this version built."] : [];
  throw new Error([`${spec.name} ended with exit status ${run.status}:`, ...lines, ...outdated].join("\n  "));
}

/** The provider of {@link VolumeOwner}. */
export const ownerProvider = {
  async create(inputs: OwnerInputs) {
    await changeOwner(inputs);
    return { id: inputs.spec.name, outs: { spec: inputs.spec } };
  },
  async update(_id: string, _state: OwnerState, inputs: OwnerInputs) {
    await changeOwner(inputs);
    return { outs: { spec: inputs.spec } };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
  async diff(_id: string, state: OwnerState, inputs: OwnerInputs) {
    return { changes: !sameValue(state.spec, inputs.spec) };
  },
} satisfies pulumi.dynamic.ResourceProvider;

/** The owner of a service's volumes and of everything in them: the service's user, before its container is replaced. */
export class VolumeOwner extends pulumi.dynamic.Resource {
  constructor(
    name: string,
    args: { [Key in keyof OwnerInputs]: pulumi.Input<OwnerInputs[Key]> },
    options?: pulumi.CustomResourceOptions,
  ) {
    super(ownerProvider, name, args, options, "linnix", "VolumeOwner");
  }
}
