/** Whether llama-server can use a file of this machine as its model. */
import { services } from "../../services/catalogue";

/** What validation knows of a file. */
export interface FileFacts {
  /** Permissions and owner; undefined where the engine does not see those of this machine. */
  readonly access?: { readonly mode: number; readonly uid: number; readonly gid: number };
  readonly bytes: number;
  /** When its content changed. */
  readonly modified: number;
  /** Its first bytes; undefined if this user may not read it. */
  readonly start?: string;
  /** Number of parts that the model is split into, as the file says. */
  readonly parts?: number;
}

/** What is wrong with a file's name that is one of several parts of a model, or undefined. */
export function splitPart(path: string): string | undefined {
  const [, part, count = "1"] = /-(\d{5})-of-(\d{5})\.gguf$/i.exec(path) ?? [];
  return part === undefined || Number(count) < 2
    ? undefined
    : `is part ${Number(part)} of ${Number(count)} of a split model; it must be a single file (llama-gguf-split --merge joins parts)`;
}

/** Whether llama-server's user may read a file with these permissions. */
function readable({ mode, uid, gid }: NonNullable<FileFacts["access"]>): boolean {
  const { uid: user } = services.llama;
  if (uid === user) return (mode & 0o400) !== 0;
  return (mode & (gid === user ? 0o040 : 0o004)) !== 0;
}

/** Why llama-server cannot use a file, and what to do; undefined if it can. */
export function modelFileProblem({
  access,
  start,
  parts = 0,
}: FileFacts): { problem: string; remedy: "read" | "pull" | "other" } | undefined {
  if (access !== undefined && !readable(access)) {
    const { uid } = services.llama;
    return { problem: `cannot be read by uid ${uid}, which llama-server runs as`, remedy: "read" };
  }
  if (start === undefined) return undefined;
  if (start.startsWith("version https://git-lfs")) {
    return { problem: "is a Git LFS pointer, not the model itself", remedy: "pull" };
  }
  if (/^\s*</.test(start)) return { problem: "is a web page, not a GGUF file", remedy: "other" };
  if (!start.startsWith("GGUF")) return { problem: "is not a GGUF file", remedy: "other" };
  return parts > 1 ? { problem: `is one of ${parts} parts of a split model`, remedy: "other" } : undefined;
}
