import { createHash } from "node:crypto";
import * as path from "node:path";

import type { Values } from "../schema";
import type { FileFacts } from "./file";
import type { Model } from "./types";

/**
 * Upstream's model, 2.1 GB, as upstream's own quickstart downloads it. No text publishes its checksum, but the server
 * announces it with its redirect, and fetch-model verifies the file with that.
 */
export const upstreamModel =
  "https://huggingface.co/parth21shah/linnix-3b-distilled/resolve/main/linnix-3b-distilled-q5_k_m.gguf";

/** Characters of a model's name; what is made of it must be a valid file name. */
const nameLength = 100;

/** A model's name in llama-server and in the health report: its file name without the extension. */
function nameOf(location: string): string {
  const name = path.posix
    .basename(location)
    .replace(/\.gguf$/i, "")
    .replace(/[^A-Za-z0-9._-]/g, "-")
    // A file name with a leading dot is hidden, and one with a leading hyphen is an option.
    .replace(/^[.-]+/, "");
  return name.slice(0, nameLength) || "model";
}

/** The model's file name in the containers: llama-server is restarted for another one. */
const fileOf = (name: string, ...identity: readonly (string | number)[]): string =>
  `${name}-${createHash("sha256").update(identity.join(" ")).digest("hex").slice(0, 12)}.gguf`;

/**
 * Resolves the model. Two addresses may end in the same file name, and a file may be replaced by another under its name:
 * address and checksum, or path, size and time of change, decide.
 *
 * @param facts of the file, if the model is one and exists.
 */
export function modelOf({ model, modelSha256 }: Pick<Values, "model" | "modelSha256">, facts?: FileFacts): Model {
  const location = model === "auto" || model === "upstream" ? upstreamModel : model;
  if (!/^https?:/.test(location)) {
    const name = nameOf(location);
    const source = path.resolve(location);
    const file = fileOf(name, source, facts?.bytes ?? 0, facts?.modified ?? 0);
    return { kind: "file", name, file, path: source };
  }
  const name = nameOf(location.replace(/[?#].*$/, ""));
  const file = fileOf(name, location, modelSha256 ?? "");
  return { kind: "fetched", name, file, url: location, ...(modelSha256 === undefined ? {} : { sha256: modelSha256 }) };
}
