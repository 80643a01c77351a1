import type { ServiceSpec } from "../service";
import { type Bindings, runArguments } from "./docker-run";

/** What a unit needs to know besides its service. */
export interface UnitOptions extends Bindings {
  /** A folder that must be a mount point before the container starts. */
  readonly requiredMount: string;
}

/**
 * One argument as a unit's command line takes it: no specifier, no variable, no word splitting.
 * See systemd.service(5), "Command lines", and systemd.syntax(7), "Quoting".
 */
export function unitArgument(argument: string): string {
  const literal = argument.replace(/%/g, "%%").replace(/\$/g, "$$$$");
  if (/^[\w@%+=:,./$-]+$/.test(literal)) return literal;
  const escaped = literal
    .replace(/[\\"]/g, "\\$&")
    // eslint-disable-next-line no-control-regex -- a line break would end the line, and other control characters the reading
    .replace(/[\x01-\x1f\x7f]/g, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${escaped}"`;
}

const command = (...words: string[]): string => words.map(unitArgument).join(" ");

/**
 * The systemd unit that keeps a service running on a host: `docker run` in the foreground, started again by systemd.
 *
 * - Not enabled: at boot `linnix-release boot` starts it, once its secrets are there again.
 * - Wants, not Requires: stopping the engine must not stop the unit for good; it is tried again until all is there.
 * - The container is kept when it ends, so that its log and exit status can be read; the next start removes it.
 * - Its output is logged by the engine. What goes to the journal is the engine's own complaint: hence `--attach stdout`.
 * - RestartSteps and RestartMaxDelaySec are known from systemd 254 on; older ones wait RestartSec each time.
 */
export function systemdUnit(spec: ServiceSpec, options: UnitOptions): string {
  const { name, stopSeconds } = spec;
  const docker = "/usr/bin/docker";
  const run = command(docker, "run", "--name", name, "--pull", "never", "--attach", "stdout");
  const others = "docker.service linnix-host.service network-online.target";
  return `[Unit]
Description=Linnix: ${name}
Wants=${others}
After=${others}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStartPre=${command("/usr/bin/mountpoint", "--quiet", options.requiredMount)}
ExecStartPre=-${command(docker, "rm", "--force", name)}
ExecStart=${run} ${command(...runArguments(spec, options))}
ExecStartPost=-${command("/usr/local/sbin/linnix-release", "log-link", name)}
ExecStop=-${command(docker, "stop", "-t", String(stopSeconds), name)}
Restart=always
RestartSec=5
RestartSteps=4
RestartMaxDelaySec=60
TimeoutStartSec=180
TimeoutStopSec=${stopSeconds + 20}
SuccessExitStatus=143
StandardOutput=null
StandardError=journal
`;
}
