/**
 * The EC2 host's user data: which host it is, and how to get its programs. A change replaces the host; so it contains only
 * the bootstrap (host/bootstrap/) and what identifies the machine. Pure, except for reading the files of the bootstrap.
 */
import * as fs from "node:fs";
import * as path from "node:path";

import { Document } from "yaml";

import { projectFolder } from "../../../project";
import { proxyEnvironment } from "../../../services/proxy";
import type { ProxySettings } from "../../../settings/ec2/types";
import { dataFolder } from "../protocol";

/** The facts about one machine. None of them is secret. */
export interface MachineFacts {
  readonly stack: string;
  /** The region's name, `eu-central-1`. */
  readonly region: string;
  /** Prefix of the stack's parameters: `/linnix/<stack>`. */
  readonly prefix: string;
  /** Namespace of its metrics: `Linnix`. */
  readonly namespace: string;
  /** The data volume's id: `vol-…`. */
  readonly dataVolume: string;
  /** The proxy that the host starts with; a later one comes with a bundle. Default: none. */
  readonly proxy?: ProxySettings | undefined;
}

/** `/etc/linnix/host.json`, which linnix-release and the host's scripts read. */
function hostJson({ stack, region, prefix, namespace, dataVolume }: MachineFacts): string {
  return `${JSON.stringify({ stack, region, prefix, namespace, data: dataFolder, dataVolume })}\n`;
}

const bootstrap = (name: string): string =>
  fs.readFileSync(path.join(projectFolder, "host", "bootstrap", name), "utf8");

const unit = "linnix-bootstrap.service";

/** The bootstrap's unit, with the proxy: the bundle, which has it for everything else, is fetched through it. */
function bootstrapUnit(proxy: ProxySettings | undefined): string {
  const variables = Object.entries(proxy === undefined ? {} : proxyEnvironment(proxy));
  const lines = variables.map(([name, value]) => `Environment=${name}=${value}\n`).join("");
  return bootstrap(unit).replace("[Service]\n", `[Service]\n${lines}`);
}

/** One cloud-config document: writes the facts and the bootstrap, and starts it. */
export function userData(facts: MachineFacts): string {
  const document = new Document({
    write_files: [
      { path: "/etc/linnix/host.json", content: hostJson(facts) },
      { path: "/usr/local/sbin/linnix-bootstrap", permissions: "0755", content: bootstrap("bootstrap.sh") },
      { path: `/etc/systemd/system/${unit}`, content: bootstrapUnit(facts.proxy) },
    ],
    // Without waiting: the bootstrap waits for the first release, and retries.
    runcmd: [["systemctl", "enable", "--now", "--no-block", unit]],
  });
  // The smallest indentation leaves room for the proxy.
  return `#cloud-config\n${document.toString({ lineWidth: 0, blockQuote: "literal", indent: 1, indentSeq: false })}`;
}
