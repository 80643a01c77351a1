import { expectation } from "../../components/health/expectation";
import type { Observation } from "../../components/health/observation";
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

/** What a host was seen to do, and the report that is concluded from it. */
export interface Seen {
  readonly report: HealthReport;
  readonly observation: Observation;
}

/**
 * Probes the running services of a local stack now, like the health gate.
 *
 * @param previous the report before, whose time an unchanged one keeps. Default: that of the last update.
 */
export async function seeLocal(session: Session, deployed: Deployed, previous = deployed.health): Promise<Seen> {
  if (deployed.health === undefined) {
    throw new Failure(
      `Stack ${session.stack} is not deployed: it has no health output. Run \`${startCommand(session.stack)}\`.`,
    );
  }
  const settings = deployedSettings(session);
  const images = Object.fromEntries((deployed.images ?? []).map(({ name, digest }) => [name, digest]));
  Object.assign(process.env, sessionEnvironment(session)); // the Docker CLI runs in this session's environment
  const observation = await observeLocal(localPlan(settings, localServices(settings), images));
  const expected = expectation(settings, deployed.health.release);
  return { observation, report: healthReport(observation, expected, new Date().toISOString(), previous) };
}

/** The report of {@link seeLocal}. */
export async function liveHealth(session: Session, deployed: Deployed): Promise<HealthReport> {
  return (await seeLocal(session, deployed)).report;
}
