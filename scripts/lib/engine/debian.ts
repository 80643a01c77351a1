import * as fs from "node:fs";
import * as path from "node:path";

/**
 * The Debian mirror that this machine's apt uses, for what is built from the Debian archive: Debian's own on Ubuntu and
 * elsewhere. Understands both formats of apt's sources.
 */
export function debianMirror(texts: readonly string[]): string {
  for (const text of texts) {
    const uri = /^URIs:\s*(\S+)/m.exec(text)?.[1] ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/m.exec(text)?.[1];
    if (uri !== undefined && /debian\/?$/.test(uri)) return uri.replace(/\/$/, "");
  }
  return "http://deb.debian.org/debian";
}

/** The texts of apt's sources on this machine. */
export function aptSources(folder = "/etc/apt"): string[] {
  const parts = path.join(folder, "sources.list.d");
  const files = [
    ...(fs.existsSync(parts)
      ? fs
          .readdirSync(parts)
          .sort()
          .map((name) => path.join(parts, name))
      : []),
    path.join(folder, "sources.list"),
  ];
  return files
    .filter((file) => /\.(list|sources)$/.test(file) && fs.existsSync(file))
    .map((file) => fs.readFileSync(file, "utf8"));
}

/** Whether this machine is a Debian or one of its descendants, and whether this process is root: what debootstrap needs. */
export function debianRoot(osRelease = readIfThere("/etc/os-release"), uid = process.getuid?.() ?? -1): boolean {
  return uid === 0 && /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(osRelease);
}

function readIfThere(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}
