/** The archive that a report about a problem comes with. Nothing in it is secret. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type BundleFile } from "../../components/hosts/ec2/bundle/files";
import { pack } from "../../components/hosts/ec2/bundle/bundle";
import { type Look, lookedLogLines } from "../../components/hosts/ec2/rollout/look";
import { localLog } from "../../components/hosts/local/plan";
import { version } from "../../components/project";
import { type ServiceName, serviceNames } from "../../components/services/catalogue";
import { safeText } from "../../components/safe-text";
import { query, reachHost } from "../lib/ec2-stack";
import { BadInput } from "../lib/errors";
import { type Home, projectFolder } from "../lib/home";
import { pulumi, sessionEnvironment } from "../lib/pulumi";
import { tryRun } from "../lib/run";
import { jsonOf, lookAtHost } from "../host/linnix-release";
import type { CountingSettings } from "../settings/counting";
import type { Session } from "../start/session";
import { containerSummaries, hiddenValues, resourceList, shownSettings } from "./collect";
import { environmentSecrets, masking, secretsIn } from "./masking";

/** What the bundle is made from. */
export interface BundleSource {
  readonly home: Home;
  readonly stack: string;
  readonly report: string;
  /** Undefined if the settings cannot be read. */
  readonly file: CountingSettings | undefined;
  /** Of a stack that was started on this machine. */
  readonly session: Session | undefined;
  readonly isEc2: boolean;
}

/** Bytes of a file of the bundle. */
const fileBytes = 4_000_000;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The first line of a program's answer. */
async function versionOf(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const options = { cwd: projectFolder, env, timeout: 20_000 };
  const result = await tryRun(program, args, options).catch(() => undefined);
  return result?.status === 0 ? (result.stdout.trim().split("\n")[0] ?? "") : "not found";
}

async function versions(environment: NodeJS.ProcessEnv): Promise<object> {
  const [commit, pulumiVersion, docker] = await Promise.all([
    versionOf("git", ["describe", "--always", "--dirty", "--abbrev=40"], environment),
    versionOf("pulumi", ["version"], environment),
    versionOf("docker", ["version", "--format", "client {{.Client.Version}}, server {{.Server.Version}}"], environment),
  ]);
  const system = `${os.type()} ${os.release()} ${os.arch()}`;
  return { project: version, commit, node: process.version, pulumi: pulumiVersion, docker, system };
}

/** A stack's configuration with all secrets, and its outputs; undefined if they cannot be read. */
async function secretsOfStack(ask: (...args: string[]) => Promise<unknown>): Promise<string[] | undefined> {
  try {
    const [config, outputs] = await Promise.all([
      ask("config", "--json", "--show-secrets"),
      ask("stack", "output", "--json", "--show-secrets"),
    ]);
    const values = Object.entries(config as Record<string, { value?: string; secret?: boolean }>);
    const secret = values.flatMap(([, it]) => (it.secret === true && it.value !== undefined ? [it.value] : []));
    // A structured value is text with JSON.
    return [
      ...secret,
      ...secretsIn(Object.fromEntries(values.map(([key, { value }]) => [key, value]))),
      ...secretsIn(outputs),
    ];
  } catch {
    return undefined;
  }
}

/** Each part by its file's name; what cannot be collected is a sentence. */
async function collected(name: string, body: () => Promise<string>): Promise<BundleFile> {
  try {
    return { name, content: await body() };
  } catch (error) {
    return { name, content: `not collected: ${error instanceof Error ? error.message : String(error)}\n` };
  }
}

async function localParts({ stack }: BundleSource, session: Session, hasSecrets: boolean): Promise<BundleFile[]> {
  const environment = sessionEnvironment(session);
  // Whole lines: of a secret in a line that was cut, a part would stay.
  const logOf = async (service: ServiceName): Promise<string> => {
    const [command = "", ...args] = localLog(stack, service, "--tail", String(lookedLogLines));
    const { stdout, stderr } = await tryRun(command, args, { env: environment });
    return `${stdout}${stderr}`;
  };
  const logs = (hasSecrets ? serviceNames : []).map((service) =>
    collected(`logs/${service}.log`, () => logOf(service)),
  );
  return Promise.all([
    collected("resources.json", async () => json(resourceList(JSON.parse(await pulumi(session, "stack", "export"))))),
    collected("containers.json", async () => json(await containerSummaries(stack, environment))),
    ...logs,
  ]);
}

async function ec2Parts({ stack }: BundleSource, hasSecrets: boolean): Promise<BundleFile[]> {
  const resources = collected("resources.json", async () =>
    json(resourceList(await query(stack, ["stack", "export"]))),
  );
  if (!hasSecrets) return [await resources];
  const host = reachHost(stack);
  const look = async (what: Look) => lookAtHost(await host, what);
  const logs = serviceNames.map((service) =>
    collected(`logs/${service}.log`, async () => (await look(`${service}-log`)).output),
  );
  const status = collected("host.json", async () => json(jsonOf(await look("status"))));
  return Promise.all([resources, status, ...logs]);
}

/** The files of the bundle, all of them masked. */
async function bundleContent(source: BundleSource): Promise<BundleFile[]> {
  const { home, stack, report, file, session, isEc2 } = source;
  const environment = session === undefined ? process.env : sessionEnvironment(session);
  const ask = isEc2
    ? (...args: string[]) => query(stack, args)
    : async (...args: string[]) =>
        session === undefined ? {} : (JSON.parse(await pulumi(session, ...args)) as unknown);
  const known = await secretsOfStack(ask);
  const passphrase = fs.existsSync(home.passphrase) ? [fs.readFileSync(home.passphrase, "utf8")] : [];
  const mask = masking([
    ...(known ?? []),
    ...passphrase,
    ...environmentSecrets(process.env),
    ...environmentSecrets(environment),
    // Of a file whose secrets are in plain text, and of addresses.
    ...hiddenValues(file?.raw ?? {}),
    ...secretsIn(file?.raw),
    ...secretsIn(file?.whole),
  ]);
  const leftOut =
    known === undefined
      ? "logs are left out: the stack's secrets could not be read, so they could not be masked\n"
      : "";
  const parts = isEc2
    ? await ec2Parts(source, known !== undefined)
    : session === undefined
      ? []
      : await localParts(source, session, known !== undefined);
  const files: BundleFile[] = [
    { name: "doctor.txt", content: `${report}${leftOut}` },
    { name: "versions.json", content: json(await versions(environment)) },
    ...(file === undefined ? [] : [{ name: "settings.json", content: json(shownSettings(file.raw)) }]),
    ...parts,
  ];
  // Filtered first: a sequence of the terminal may have split a value.
  return files.map(({ name, content }) => ({ name, content: mask(safeText(content, fileBytes)) }));
}

/**
 * The file that a bundle is to be written to.
 *
 * @throws BadInput if it exists, or its folder does not.
 */
export function bundlePath(name: string): string {
  const file = path.resolve(process.env.LINNIX_CWD ?? process.cwd(), name);
  const refuse = (problem: string, remedy: string): never => {
    throw new BadInput([{ key: "--bundle", value: name, problem, remedy }]);
  };
  if (name === "" || fs.existsSync(file))
    refuse("must be a file that does not exist yet", "--bundle linnix-doctor.tar");
  if (!fs.existsSync(path.dirname(file)))
    refuse(`its folder ${path.dirname(file)} does not exist`, "make it, or name another");
  return file;
}

/** Writes a bundle, readable for its owner only. */
export async function writeBundle(file: string, source: BundleSource): Promise<readonly string[]> {
  const files = await bundleContent(source);
  fs.writeFileSync(file, pack(files).archive, { mode: 0o600, flag: "wx" });
  return files.map(({ name }) => name);
}
