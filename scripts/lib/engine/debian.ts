import * as fs from "node:fs";
import * as path from "node:path";

/** One archive that apt reads from. */
interface AptEntry {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

const words = (text = ""): string[] => text.split(/\s+/).filter((word) => word !== "");

/** The binary archives of apt's sources, in either format: stanzas of fields, or one line each. */
function aptEntries(text: string): AptEntry[] {
  const stanzas = text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) => words(new RegExp(`^${name}:[ \\t]*(.*)`, "im").exec(stanza)?.[1]);
    if (!field("Types").includes("deb") || field("Enabled")[0] === "no") return [];
    return field("URIs").map((uri) => ({ uri, suites: field("Suites"), components: field("Components") }));
  });
  const lines = text.split("\n").flatMap((line) => {
    const [, rest] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?([^#]*)/.exec(line) ?? [];
    const [uri, suite, ...components] = words(rest);
    return uri === undefined || suite === undefined ? [] : [{ uri, suites: [suite], components }];
  });
  return [...stanzas, ...lines];
}

const releases = /^(bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)$/;

/**
 * The Debian mirror that this machine's apt uses, for what is built from the Debian archive: Debian's own on Ubuntu and
 * elsewhere. Other archives for Debian (a vendor's, the security archive) are not mirrors of it.
 */
export function debianMirror(texts: readonly string[]): string {
  const mirror = texts
    .flatMap(aptEntries)
    .find(
      ({ uri, suites, components }) =>
        /^https?:\/\/.*\/debian\/?$/.test(uri) && suites.some((it) => releases.test(it)) && components.includes("main"),
    );
  return mirror?.uri.replace(/\/$/, "") ?? "http://deb.debian.org/debian";
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
