import * as os from "node:os";

import { type HealthReport, judge } from "../../components/health/report";
import { observeLocal } from "../../components/hosts/local/observe";
import { localPlan, localServices } from "../../components/hosts/local/services";
import { loopbackEndpoints } from "../../components/services/stack-services";
import { settle } from "../../components/settings/settings";
import { validate } from "../../components/settings/validate";
import { Failure } from "./errors";
import { sessionEnvironment } from "./pulumi";
import type { Session } from "./session";
import { readStackFile, worldOf } from "./stack-file";

/** What a deployed stack's outputs tell that its settings don't. */
export interface Deployed {
  readonly health?: HealthReport;
  readonly images?: readonly { readonly name: string; readonly digest: string }[];
}

/** Probes the running services of a local stack now, as the gate does. */
export async function liveHealth(session: Session, deployed: Deployed): Promise<HealthReport> {
  if (deployed.health === undefined) {
    throw new Failure(`Stack ${session.stack} is not deployed: it has no health output. Run \`npm start\`.`);
  }
  const file = readStackFile(session.configFile);
  const settings = settle(validate(file.raw, worldOf(file)).values, session.stack, os.availableParallelism());
  const images = Object.fromEntries((deployed.images ?? []).map(({ name, digest }) => [name, digest]));
  const endpoints = loopbackEndpoints(settings);
  Object.assign(process.env, sessionEnvironment(session)); // the Docker CLI is asked under this session's environment
  const seen = await observeLocal(localPlan(settings, localServices(settings), images));
  const expected = {
    release: deployed.health.release,
    sample: settings.source.kind === "sample",
    model: settings.model.name,
    endpoints: { cognitod: endpoints.health, llama: endpoints.llamaHealth },
  };
  return judge(seen, expected, new Date().toISOString(), deployed.health);
}
