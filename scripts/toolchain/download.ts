import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import { Failure } from "../lib/errors";
import type { Step } from "../lib/progress";
import { writeFileAtomically } from "../lib/write-file";

/** A file of a release. */
export interface Archive {
  readonly url: string;
  /** The pinned SHA-256 checksum in hexadecimal; absent if no public record of it is known. */
  readonly sha256?: string;
}

/** Options of {@link download}. */
export interface DownloadOptions {
  /** The folder for the downloaded file. Both folders must exist. */
  readonly folder: string;
  /** The folder with the checksums of archives without a pinned one, as the first download found them. */
  readonly records: string;
  readonly step: Step;
}

/** What to do if the download cannot be used. */
const otherwise =
  "Install the Pulumi CLI and its plugins yourself (https://www.pulumi.com/docs/install), or set LINNIX_TOOLS=build to build them from Go modules.";

/**
 * Writes the archive to a file and returns its SHA-256 checksum. Without a pinned checksum, only the host in the address is
 * trusted, so a redirect is an error.
 */
async function save({ url, sha256 }: Archive, file: string): Promise<string> {
  const { ok, status, body } = await fetch(url, { redirect: sha256 === undefined ? "error" : "follow" });
  if (!ok || body === null) throw new Error(`HTTP status ${status}`);
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  // Opened before anything can fail: a stream that is destroyed while it opens its file would still create it, after the
  // caller removed it.
  const target = await fs.promises.open(file, "w");
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  await pipeline(source, hashing, target.createWriteStream());
  return hash.digest("hex");
}

/**
 * Downloads an archive, and checks it before anything reads it: against the pinned checksum, or, without one, against the
 * checksum that the first download of this archive recorded. That first checksum is not verified, which a message reports.
 *
 * @returns the file's path. The caller removes it.
 * @throws Failure if the archive cannot be downloaded, or has another checksum; then no file is left.
 */
export async function download(archive: Archive, { folder, records, step }: DownloadOptions): Promise<string> {
  const name = path.posix.basename(new URL(archive.url).pathname);
  const file = path.join(folder, `${process.pid}-${name}`);
  try {
    const found = await save(archive, file).catch((error: unknown) => {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
      throw new Failure(`${archive.url} cannot be downloaded: ${reason}. Run the command again. ${otherwise}`);
    });
    const record = path.join(records, `${name}.sha256`);
    const recorded = fs.existsSync(record) ? fs.readFileSync(record, "utf8").trim() : undefined;
    const expected = archive.sha256 ?? recorded;
    if (expected === undefined) {
      writeFileAtomically(record, `${found}\n`);
      step.note(
        `${name}: no checksum is pinned, so this download was not verified. Its SHA-256 checksum, ${found}, ` +
          `was recorded in ${record}; later downloads must have the same.`,
      );
    } else if (found !== expected) {
      const origin = archive.sha256 === undefined ? `recorded in ${record}` : "pinned in pins.json";
      throw new Failure(
        `${archive.url} has the SHA-256 checksum ${found}, and ${expected} is ${origin}. ` +
          `The download was removed, and nothing of it was installed. ${otherwise}`,
      );
    }
    return file;
  } catch (error) {
    fs.rmSync(file, { force: true });
    throw error;
  }
}
