/** Variables of the user's shell that would change what `pulumi` and `docker` do with a stack of `npm start`. Pure. */

/** Variables of Pulumi that do not: where plugins are, and what is checked or downloaded. */
const harmless: readonly string[] = [
  "PULUMI_ACCESS_TOKEN",
  "PULUMI_HOME",
  "PULUMI_SKIP_UPDATE_CHECK",
  "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
];

/** Variables by which the docker CLI uses another engine, builder or platform than DOCKER_HOST's. */
const dockers: readonly string[] = [
  "DOCKER_API_VERSION",
  "DOCKER_CERT_PATH",
  "DOCKER_CONTEXT",
  "DOCKER_DEFAULT_PLATFORM",
  "DOCKER_TLS",
  "DOCKER_TLS_VERIFY",
  "BUILDX_BUILDER",
];

/** Variables that always count as set by somebody, so that a printed environment does not depend on this shell. */
const usual: readonly string[] = ["PULUMI_CONFIG_PASSPHRASE"];

type Variables = Readonly<Record<string, string>>;

/** The engine's connection belongs to the user if it is reached by TCP: certificates, for example. */
const isSocket = ({ DOCKER_HOST: host = "" }: Variables): boolean => host.startsWith("unix://");

/**
 * The names of the variables in `shell` to remove before `session`'s are added. Of two ways to pass a passphrase the CLI
 * prefers PULUMI_CONFIG_PASSPHRASE, and each PULUMI_OPTION_… changes a default of some command.
 */
export function conflicts(shell: NodeJS.ProcessEnv, session: Variables): string[] {
  const disturbs = (name: string) =>
    (name.startsWith("PULUMI_") && !harmless.includes(name)) || (dockers.includes(name) && isSocket(session));
  return Object.keys(shell).filter((name) => disturbs(name) && !(name in session));
}

/**
 * Folders of PATH in which programs of other folders' npm packages would be found: npm adds one for each folder above, and
 * anyone may create /tmp/node_modules/.bin.
 */
const isPackageFolder = (folder: string): boolean => /(^|\/)node_modules\/(\.bin$|.*node-gyp-bin$)/.test(folder);

/** PATH without such folders, except `kept`, and without repetitions. */
export function cleanPath(value: string, kept?: string): string {
  const folders = value.split(":").filter((folder) => folder !== "" && (folder === kept || !isPackageFolder(folder)));
  return [...new Set(folders)].join(":");
}

/** The session's variables in place of the shell's; the session's PATH is what comes before the shell's. */
export function joinedEnvironment(shell: NodeJS.ProcessEnv, session: Variables): NodeJS.ProcessEnv {
  const removed = conflicts(shell, session);
  const kept = Object.fromEntries(Object.entries(shell).filter(([name]) => !removed.includes(name)));
  const PATH = cleanPath([session.PATH, shell.PATH].filter((it) => it !== undefined).join(":"));
  return { ...kept, ...session, PATH };
}

const quoted = (value: string): string => `'${value.replace(/'/g, `'\\''`)}'`;

/** The commands that change a shell's environment to the session's, in POSIX syntax. */
export function shellCommands(shell: NodeJS.ProcessEnv, session: Variables): string[] {
  const removed = [...new Set([...usual, ...conflicts(shell, session)])].filter((name) => !(name in session)).sort();
  const { PATH = "", ...others } = session;
  const folders = cleanPath(PATH);
  return [
    `unset ${removed.join(" ")}`,
    ...(folders === "" ? [] : [`export PATH=${quoted(folders)}:"$PATH"`]),
    ...Object.entries(others).map(([name, value]) => `export ${name}=${quoted(value)}`),
  ];
}
