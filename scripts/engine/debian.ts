import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../lib/errors";

/** One archive that apt reads from. */
interface AptEntry {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

const words = (text = ""): string[] => text.split(/\s+/).filter((word) => word !== "");

/** The binary archives in apt's sources, in either format: deb822 stanzas, or one line each. */
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
 * The mirror of the Debian archive that images and roots are built from: `LINNIX_DEBIAN_MIRROR`, else the one that this
 * machine's apt uses. Other archives for Debian (a vendor's, the security archive) are not mirrors of it.
 *
 * @param texts apt's sources; see {@link aptSources}.
 * @throws Failure if there is none, as on Ubuntu, whose own archive lacks Debian's suites.
 */
export function debianMirror(texts: readonly string[], configured = process.env.LINNIX_DEBIAN_MIRROR): string {
  if (configured !== undefined && configured !== "") return configured.replace(/\/$/, "");
  const mirror = texts
    .flatMap(aptEntries)
    .find(
      ({ uri, suites, components }) =>
        /^https?:\/\/.*\/debian\/?$/.test(uri) && suites.some((it) => releases.test(it)) && components.includes("main"),
    );
  if (mirror !== undefined) return mirror.uri.replace(/\/$/, "");
  throw new Failure(
    "No mirror of the Debian archive is known: apt's sources (/etc/apt/sources.list, /etc/apt/sources.list.d) name none for a " +
      "Debian suite with the component main. Set LINNIX_DEBIAN_MIRROR to a mirror's address, for example " +
      "http://mirror.example/debian, and run this again.",
  );
}

/** The contents of apt's source files on this machine. */
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

/** Whether this is Debian or a distribution based on it, and this process is root: debootstrap needs both. */
export function debianRoot(osRelease = readIfPresent("/etc/os-release"), uid = process.getuid?.() ?? -1): boolean {
  return uid === 0 && /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(osRelease);
}

function readIfPresent(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}
