import { expectation } from "../../components/health/expectation";
import { type HealthReport, healthReport } from "../../components/health/report";
import { observeLocal } from "../../components/hosts/local/observe";
import { localPlan, localServices } from "../../components/hosts/local/plan";
import { Failure } from "../lib/errors";
import { sessionEnvironment } from "../lib/pulumi";
import { deployedSettings } from "../lib/settings";
import { type Session, startCommand } from "../start/session";

/** The outputs of a deployed stack that its settings don't contain. */
export interface Deployed {
  readonly health?: HealthReport;
  readonly images?: readonly { readonly name: string; readonly digest: string }[];
}

/** Probes the running services of a local stack now, like the health gate. */
export async function liveHealth(session: Session, deployed: Deployed): Promise<HealthReport> {
  if (deployed.health === undefined) {
    throw new Failure(
      `Stack ${session.stack} is not deployed: it has no health output. Run \`${startCommand(session.stack)}\`.`,
    );
  }
  const settings = deployedSettings(session);
  const images = Object.fromEntries((deployed.images ?? []).map(({ name, digest }) => [name, digest]));
  Object.assign(process.env, sessionEnvironment(session)); // the Docker CLI runs in this session's environment
  const seen = await observeLocal(localPlan(settings, localServices(settings), images));
  const expected = expectation(settings, deployed.health.release);
  return healthReport(seen, expected, new Date().toISOString(), deployed.health);
}
