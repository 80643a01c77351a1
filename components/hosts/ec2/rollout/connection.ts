/**
 * How the rollout reaches AWS: as the AWS provider does. It runs serialised, in the dynamic provider's process, and loads modules
 * when it is called.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- see above */

/** Reads a setting of the provider's configuration by its full key. */
export type ReadSetting = (key: string) => string | undefined;

/** How AWS is reached. Everything is optional. */
export interface Connection {
  /** Address of the proxy for HTTPS. */
  readonly proxy?: string;
  /** Hosts and domains that are reached directly, separated by commas; `*` for all. */
  readonly noProxy?: string;
  /** File with the certificates of the authorities to trust in addition to Node's. */
  readonly caBundle?: string;
  readonly fips?: boolean;
  readonly dualstack?: boolean;
}

const isTrue = (text: string | undefined): boolean => text === "true";

/** From the provider's configuration, else from the environment variables that the provider reads too. */
export function connectionFrom(get: ReadSetting, environment: NodeJS.ProcessEnv): Connection {
  if (isTrue(get("aws:insecure"))) {
    throw new Error(
      "aws:insecure = true: is not supported by the rollout, which sends secrets: remove it from the settings file, and set " +
        "aws:customCaBundle to a file with the certificates to trust",
    );
  }
  // An empty one counts as absent, as it does for the provider.
  const variable = (name: string) => [environment[name], environment[name.toLowerCase()]].find((text) => Boolean(text));
  const proxy = get("aws:httpsProxy") ?? get("aws:httpProxy") ?? variable("HTTPS_PROXY");
  const noProxy = get("aws:noProxy") ?? variable("NO_PROXY");
  const caBundle = get("aws:customCaBundle") ?? environment.AWS_CA_BUNDLE;
  return {
    ...(proxy === undefined || proxy === "" ? {} : { proxy }),
    ...(noProxy === undefined || noProxy === "" ? {} : { noProxy }),
    ...(caBundle === undefined || caBundle === "" ? {} : { caBundle }),
    ...(isTrue(get("aws:useFipsEndpoint") ?? environment.AWS_USE_FIPS_ENDPOINT) ? { fips: true } : {}),
    ...(isTrue(get("aws:useDualstackEndpoint") ?? environment.AWS_USE_DUALSTACK_ENDPOINT) ? { dualstack: true } : {}),
  };
}

/** Whether a host is reached without the proxy: by its name, or by a domain that it is in. */
export function isDirect(host: string, noProxy = ""): boolean {
  return noProxy
    .split(",")
    .map((entry) => entry.trim().replace(/^\*?\./, ""))
    .some((entry) => entry === "*" || (entry !== "" && (host === entry || host.endsWith(`.${entry}`))));
}

/** Options of an SDK client that calls this host. */
export function clientConnection({ proxy, noProxy, caBundle, fips, dualstack }: Connection, host: string) {
  const { readFileSync } = require("node:fs") as typeof import("node:fs");
  const { Agent } = require("node:https") as typeof import("node:https");
  const { rootCertificates } = require("node:tls") as typeof import("node:tls");
  const { HttpsProxyAgent } = require("https-proxy-agent") as typeof import("https-proxy-agent");
  const trust = caBundle === undefined ? {} : { ca: [...rootCertificates, readFileSync(caBundle, "utf8")] };
  const agent =
    proxy === undefined || isDirect(host, noProxy)
      ? new Agent({ keepAlive: true, ...trust })
      : new HttpsProxyAgent(proxy, { keepAlive: true, ...trust });
  return {
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000, httpsAgent: agent },
    ...(fips === true ? { useFipsEndpoint: true } : {}),
    ...(dualstack === true ? { useDualstackEndpoint: true } : {}),
  };
}
