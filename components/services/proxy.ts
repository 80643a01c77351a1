/** A proxy as variables of a process. Pure. */

/** An HTTP proxy, and what is reached without it. */
export interface Proxy {
  /** `http://HOST:PORT`. */
  readonly address: string;
  readonly direct: readonly string[];
}

/**
 * The variables that every program here reads: curl, apt, dnf, the AWS CLI, and what is written in Go, the engine and
 * Amazon's agents. Without `http_proxy`: a host connects by TLS only, and instance metadata, which is plain http, stays direct.
 */
export const proxyEnvironment = ({ address, direct }: Proxy): Readonly<Record<string, string>> => ({
  https_proxy: address,
  no_proxy: direct.join(","),
});
