/** The variables that curl reads, in the one spelling that it reads all of them in. */
export const proxyNames = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] as const;

/**
 * The proxies of the user's shell, for the container that downloads the model: it is on the host's network, so it reaches
 * them as the shell does. Docker passes them to no container by itself.
 */
export function proxyVariables(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const found = proxyNames.map((name) => [name, environment[name] ?? environment[name.toUpperCase()] ?? ""] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== ""));
}
