/** How a host is changed, and the scripts that do it. Pure. */
import { stackName } from "../../../services/service";
import type { CommandRequest } from "./ssm";

/** Applies the desired release, goes back to the release before the current one, or removes what runs. */
export type Change = "apply" | "rollback" | "remove";

/** Name of a stack's document. */
export const changeName = (stack: string): string => stackName(stack, "change");

/** What a release's id looks like, or nothing at all. Part of a script: it needs no quotes. */
export const releasePattern = "^[0-9A-Za-z-]{0,64}$";

/** How long first boot may take once the instance is registered, in seconds: it downloads packages. */
export const firstBootSeconds = 900;

const program = "/usr/local/sbin/linnix-release";

/** Run by `/bin/sh` as root; the variable `release` has a release's id, or is empty. */
export const changeScripts: Readonly<Record<Change, readonly string[]>> = {
  apply: [
    // Cloud-init installs the bootstrap, and starting the bootstrap waits for its end. If it has failed, this retries it.
    `timeout ${firstBootSeconds} sh -c 'cloud-init status --wait > /dev/null; systemctl start linnix-bootstrap.service'`,
    // `remove` may have stopped it on this host.
    "systemctl start linnix-health.timer",
    `exec ${program} apply --release "$release"`,
  ],
  rollback: [`exec ${program} rollback \${release:+--release "$release"}`],
  remove: [
    // It would write its parameter again.
    "systemctl stop linnix-health.timer linnix-health.service",
    `exec ${program} remove`,
  ],
};

/** A stack's host, and the document through which it is changed. */
export interface Changed {
  readonly stack: string;
  readonly instanceId: string;
  /** Name of the stack's Systems Manager document. */
  readonly changeDocument: string;
}

/**
 * The command that changes a host.
 *
 * @param release that it is about; undefined for any. `apply` must have one.
 */
export function changeRequest(
  { stack, instanceId, changeDocument }: Changed,
  change: Change,
  executionSeconds: number,
  release?: string,
): CommandRequest {
  return {
    instanceId,
    comment: `linnix ${stack}: ${change}${release === undefined ? "" : ` ${release}`}`,
    document: changeDocument,
    parameters: {
      change,
      ...(release === undefined ? {} : { release }),
      executionTimeout: String(executionSeconds),
    },
    executionSeconds,
  };
}
