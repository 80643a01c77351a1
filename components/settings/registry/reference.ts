/** Names of images and addresses of registries, by the grammar that engines use (github.com/distribution/reference). */
import { defined } from "../../defined";

const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const host = `(?<host>${label}(?:\\.${label})*)(?::(?<port>\\d{1,5}))?`;
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const path = `(?<path>${component}(?:/${component})*)`;
const suffix = "(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@sha256:(?<digest>[0-9a-f]{64}))?";

const hostAndPath = new RegExp(`^${host}/${path}${suffix}$`);
const pathOnly = new RegExp(`^${path}${suffix}$`);
const hostAndMaybePath = new RegExp(`^${host}(?:/${path})?$`);

/** The longest path of a repository. */
const pathLength = 255;

/** The parts of an image's name. */
export interface Reference {
  /** Absent for an image of Docker Hub that is named without it. */
  readonly host?: string;
  /** 443 by default. */
  readonly port: number;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

type Groups = Readonly<Partial<Record<"host" | "port" | "path" | "tag" | "digest", string>>>;

const portOf = (port: string | undefined): number => (port === undefined ? 443 : Number(port));

/** Whether text before the first slash is a host that exists in principle, and not the name of a user. */
function isHost({ host: name = "", port }: Groups): boolean {
  if (!name.includes(".") && port === undefined && name !== "localhost") return false;
  // URL knows what only looks like an address: 1.2.3.256.
  return portOf(port) >= 1 && portOf(port) <= 65535 && URL.canParse(`https://${name}`);
}

/** Parses an image's name; undefined if an engine would refuse it. */
export function parseReference(text: string): Reference | undefined {
  const hosted = /^([^/]*[.:][^/]*|localhost)\//.test(text);
  const groups = (hosted ? hostAndPath : pathOnly).exec(text)?.groups as Groups | undefined;
  if (groups?.path === undefined || groups.path.length > pathLength) return undefined;
  if (hosted && !isHost(groups)) return undefined;
  const { host: name, port, path: repository, tag, digest } = groups;
  return { port: portOf(port), path: repository, ...defined({ host: name, tag, digest }) };
}

/** The parts of a registry's address. */
export type RegistryAddress = Pick<Reference, "port" | "path"> & { readonly host: string };

/** Parses a registry's address; undefined if it is none. The path may be empty. */
export function parseRegistry(text: string): RegistryAddress | undefined {
  const groups = hostAndMaybePath.exec(text)?.groups as Groups | undefined;
  if (groups?.host === undefined || !isHost(groups)) return undefined;
  return { host: groups.host, port: portOf(groups.port), path: groups.path ?? "" };
}
