/** Hash of everything that an image is built from: it names the image before it is built. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { canonical } from "../canonical";

/** One file of a build context: what a build depends on. */
export interface ContextFile {
  /** Relative to the context's folder, with slashes. */
  readonly path: string;
  /** Of a file's permissions, git keeps only whether it is a program; the Dockerfiles set all others in what they copy into an image. */
  readonly kind: "file" | "program" | "link";
  /** The target, if it is a link. */
  readonly content: Buffer | string;
}

/**
 * The hash of everything that a build depends on, 64 hexadecimal digits.
 *
 * @param inputs the build's inputs, except for the tags, which are made of this hash.
 * @param files the files of each context that is a folder.
 */
export function contentHash(inputs: unknown, files: Readonly<Record<string, readonly ContextFile[]>>): string {
  const digest = (content: Buffer | string) => createHash("sha256").update(content).digest("hex");
  const contexts = Object.fromEntries(
    Object.entries(files).map(([context, all]) => [
      context,
      Object.fromEntries(all.map((file) => [file.path, [file.kind, digest(file.content)]])),
    ]),
  );
  return digest(JSON.stringify(canonical({ inputs, contexts })));
}

/**
 * Parses a `.dockerignore` into a predicate on names. It supports only the patterns that this project uses: a name, with `*` for any letters, at any depth.
 *
 * @throws on any other pattern, so that a hash never covers a file that should be ignored.
 */
export function ignoredNames(text: string, file: string): (name: string) => boolean {
  const patterns = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const tests = patterns.map((pattern) => {
    const [, name] = /^\*\*\/([\w.*-]+)$/.exec(pattern) ?? [];
    if (name === undefined || name.includes("**")) {
      throw new Error(`${file}: ${pattern}: must be of the form **/name, where * stands for any letters`);
    }
    return new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
  });
  return (name) => tests.some((test) => test.test(name));
}

/** The files of a folder, except for files and folders whose name is ignored. */
export function contextFiles(folder: string, ignored: (name: string) => boolean, below = ""): ContextFile[] {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    if (ignored(entry.name)) return [];
    const relative = path.posix.join(below, entry.name);
    const full = path.join(folder, relative);
    if (entry.isDirectory()) return contextFiles(folder, ignored, relative);
    if (entry.isSymbolicLink()) return [{ path: relative, kind: "link", content: fs.readlinkSync(full) }];
    if (!entry.isFile()) return [];
    const kind = (fs.lstatSync(full).mode & fs.constants.S_IXUSR) === 0 ? "file" : "program";
    return [{ path: relative, kind, content: fs.readFileSync(full) }];
  });
}
