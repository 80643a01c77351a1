import pins from "../../pins.json";
import { Failure } from "../lib/errors";
import type { Archive } from "./download";
import { type PluginName, cliVersion, pluginVersions } from "./programs";

/** Where Pulumi publishes its releases. */
export const officialHost = "https://get.pulumi.com";

/** Checksums by platform, `linux-amd64` for example; a platform without a public record is absent. */
type Checksums = Readonly<Partial<Record<string, string>>>;

const cliSums: Checksums = pins.pulumi.cli.sha256;
const pluginSums: Readonly<Record<PluginName, Checksums>> = {
  docker: pins.pulumi.plugins.docker.sha256,
  "docker-build": pins.pulumi.plugins["docker-build"].sha256,
  aws: pins.pulumi.plugins.aws.sha256,
};

/** This machine's architecture, as Go names it. */
function architecture(system: string, machine: string): "amd64" | "arm64" {
  if (system === "linux" && machine === "x64") return "amd64";
  if (system === "linux" && machine === "arm64") return "arm64";
  throw new Failure(
    `Pulumi is downloaded for Linux on x86_64 and arm64 only, and this is ${system} on ${machine}. ` +
      "Install the Pulumi CLI yourself (https://www.pulumi.com/docs/install).",
  );
}

function archive(url: string, sha256: string | undefined): Archive {
  return sha256 === undefined ? { url } : { url, sha256 };
}

/** The release of the CLI; `system` and `machine` as Node.js names them, by default this machine's. */
export function cliArchive(host = officialHost, system: string = process.platform, machine = process.arch): Archive {
  const arch = architecture(system, machine);
  const name = `pulumi-v${cliVersion}-linux-${arch === "amd64" ? "x64" : arch}.tar.gz`;
  return archive(`${host}/releases/sdk/${name}`, cliSums[`linux-${arch}`]);
}

/** The release of a plugin; `system` and `machine` as Node.js names them, by default this machine's. */
export function pluginArchive(
  plugin: PluginName,
  host = officialHost,
  system: string = process.platform,
  machine = process.arch,
): Archive {
  const platform = `linux-${architecture(system, machine)}`;
  const name = `pulumi-resource-${plugin}-v${pluginVersions[plugin]}-${platform}.tar.gz`;
  return archive(`${host}/releases/plugins/${name}`, pluginSums[plugin][platform]);
}
