/** Translates what the host observes into the terms of the health report. Pure. */
import type { Observation, ServiceObservation } from "../../../health/observation";
import { defined } from "../../../defined";
import { parsePreflight } from "../../../health/probe-output";
import { byService, serviceNames } from "../../../services/catalogue";
import { stackName } from "../../../services/service";
import type { HostObservation, HostService } from "../protocol";

/** A service of which nothing is known but its state. */
function absent(state: "missing" | "unknown"): ServiceObservation {
  return { state, running: false, restarts: 0, log: [] };
}

/** Observation of a host that can't be observed, for this reason. */
export function unreachableObservation(reason: string): Observation {
  return { unreachable: reason, ...byService(serviceNames, () => absent("unknown")) };
}

function serviceOf(seen: HostService | undefined): ServiceObservation {
  if (seen === undefined) return absent("missing");
  const { state, running, restarts, ready, live, rules = null, log, usage } = seen;
  return {
    state,
    running,
    restarts,
    log,
    ...(ready === null ? {} : { ready }),
    ...(live === null ? {} : { live }),
    ...(rules === null ? {} : { rules }),
    ...defined({ usage }),
  };
}

/** The host's observation as the health report expects it. */
export function toObservation(host: HostObservation, stack: string): Observation {
  const part = (name: string): string => stackName(stack, name);
  const preflight = parsePreflight(host.steps[part("preflight")]?.output ?? "");
  return {
    ...(preflight === undefined ? {} : { preflight }),
    ...byService(serviceNames, (name) => serviceOf(host.services[part(name)])),
    ...(host.release === null ? {} : { release: host.release }),
    kernel: host.kernel,
    problems: host.problems,
  };
}
