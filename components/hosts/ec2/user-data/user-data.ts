/** The EC2 host's user data: one cloud-config document. Pure but for reading the files under host/. */
import { gzip } from "pako";
import { Document } from "yaml";

import type { Architecture, SystemName } from "../../../settings/ec2";
import { type HostFile, hostFiles } from "./host-files";

/** What one host's user data is made from; nothing in it is secret, and no release is in it. */
export interface UserDataOptions {
  readonly stack: string;
  /** The region's name, `eu-central-1`. */
  readonly region: string;
  readonly system: SystemName;
  readonly architecture: Architecture;
  /** Swap file in MiB; 0: none. */
  readonly swapMiB: number;
  /** The data volume's id: `vol-…`. */
  readonly dataVolume: string;
  /** Of the stack's parameters and log groups: `/linnix/<stack>`. */
  readonly prefix: string;
  /** Of its metrics: `Linnix`. */
  readonly namespace: string;
}

/** What EC2 takes, in bytes, before the Base64 that its API wants. */
export const userDataLimit = 16_384;

/** One file as cloud-init's module `write_files` wants it; owned by root. */
const writeFile = ({ path, content, mode }: HostFile) => ({
  path,
  permissions: `0${mode.toString(8)}`,
  content,
});

/** The cloud-config document as text: every file of the host, and a call of the one script that does the work. */
export function userData(options: UserDataOptions): string {
  const document = new Document({
    write_files: hostFiles(options).map(writeFile),
    runcmd: [["/usr/local/lib/linnix/first-boot"]],
  });
  return `#cloud-config\n${document.toString({ lineWidth: 0, blockQuote: "literal", indent: 1, indentSeq: false })}`;
}

/**
 * The same for `aws.ec2.Instance.userDataBase64`: compressed, which cloud-init undoes by itself, because the text is
 * larger than EC2 takes.
 *
 * Throws when even that is larger than EC2 takes, and says by how much.
 */
export function userDataBase64(options: UserDataOptions): string {
  // A library in plain JavaScript: Node's own zlib gives other bytes by version and processor, and other user data is
  // another host.
  const bytes = gzip(Buffer.from(userData(options)), { level: 9, memLevel: 9 });
  const excess = bytes.length - userDataLimit;
  if (excess > 0) {
    throw new Error(
      `user data of stack ${options.stack} has ${bytes.length} bytes when compressed, ${excess} more than EC2 takes ` +
        `(${userDataLimit}): make the files under host/ shorter`,
    );
  }
  return Buffer.from(bytes).toString("base64");
}
