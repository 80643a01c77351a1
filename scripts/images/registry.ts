/** What publishing asks of a registry, and how docker asks it: with the login, the mirrors and the certificates of its user. */
import { Failure } from "../lib/errors";
import { type RunResult, tryRun } from "../lib/run";

/** Questions and changes. Each one is repeatable: what is done already is done again without an effect. */
export interface ImageRegistry {
  /**
   * The digest that a tag stands for; undefined if there is no such tag.
   *
   * @throws Failure if the registry does not answer, or refuses.
   */
  digestOf(reference: string): Promise<string | undefined>;
  /** The version that a tag stands for, as its image says in its label; undefined if it says none. */
  versionOf(reference: string): Promise<string | undefined>;
  /** Makes a tag stand for an image, or for an index that joins several of them, in one step. */
  tag(reference: string, digests: readonly string[]): Promise<void>;
}

/** Seconds after which a registry counts as silent. */
const answerSeconds = 60;

const versionLabel = "org.opencontainers.image.version";

/** The name of a repository without a tag or a digest. */
const repositoryOf = (reference: string): string => reference.replace(/(:[\w.-]+)?(@.*)?$/, "");

/** A configuration of an image, as `imagetools inspect` prints it. */
interface Config {
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> };
}

/** The labels of an image, or of the first platform of an index, in what `imagetools inspect` prints. */
function labelsOf(printed: string): Readonly<Record<string, string>> {
  const image = JSON.parse(printed) as Config & Readonly<Record<string, Config>>;
  const [first = {}] = image.config === undefined ? Object.values(image) : [image];
  return first.config?.Labels ?? {};
}

/** What docker says about a tag that does not exist. */
const isMissing = ({ stderr }: RunResult): boolean => /: not found\s*$/.test(stderr);

/** How a registry is asked. */
export interface AskOptions {
  /** Name of the buildx builder whose configuration knows mirrors and certificates; by default the engine's own. */
  readonly builder?: string;
  /** Seconds after which the registry counts as silent. */
  readonly seconds?: number;
}

/**
 * A registry, asked through docker's own commands.
 *
 * @param environment of docker, which must have the buildx plugin.
 */
export function dockerRegistry(
  environment: NodeJS.ProcessEnv,
  { builder = "default", seconds = answerSeconds }: AskOptions = {},
): ImageRegistry {
  const imagetools = async (reference: string, what: string, ...args: string[]): Promise<RunResult> => {
    const command = ["buildx", "imagetools", what, "--builder", builder, ...args];
    try {
      return await tryRun("docker", command, { env: environment, timeout: seconds * 1000 });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure(`${reference}: the registry gave no answer within ${seconds} s: check that it can be reached`);
    }
  };
  const failed = (reference: string, { stderr }: RunResult) => {
    const said = stderr.trim().split("\n").at(-1) ?? "";
    const remedy =
      "check that the registry can be reached, and that `docker login` was done for it by a user who may push";
    return new Failure(`${reference}: ${said.replace(/^ERROR: /, "")}; ${remedy}`);
  };
  const inspect = async (reference: string, format: string): Promise<string | undefined> => {
    const answer = await imagetools(reference, "inspect", "--format", format, reference);
    if (answer.status === 0) return answer.stdout.trim();
    if (isMissing(answer)) return undefined;
    throw failed(reference, answer);
  };
  return {
    digestOf: async (reference) => {
      const manifest = await inspect(reference, "{{json .Manifest}}");
      return manifest === undefined ? undefined : (JSON.parse(manifest) as { readonly digest: string }).digest;
    },
    versionOf: async (reference) => labelsOf((await inspect(reference, "{{json .Image}}")) ?? "{}")[versionLabel],
    tag: async (reference, digests) => {
      const sources = digests.map((digest) => `${repositoryOf(reference)}@${digest}`);
      const answer = await imagetools(reference, "create", "--tag", reference, ...sources);
      if (answer.status !== 0) throw failed(reference, answer);
    },
  };
}
