/** The proxy of the host's services. Pure. */
import { proxyEnvironment } from "../../../services/proxy";
import type { ProxySettings } from "../../../settings/ec2/types";

/** `/etc/linnix/proxy.env`, for systemd, the host's scripts and linnix-release. */
export function proxyFile(proxy: ProxySettings | undefined): string {
  if (proxy === undefined) return "# linnix:proxy is not set.\n";
  return Object.entries(proxyEnvironment(proxy))
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
