import type { Home } from "../lib/home";
import { reachHost } from "../lib/ec2-stack";
import { outputs, sessionEnvironment } from "../lib/pulumi";
import { storedInsight } from "../start/stored-insight";
import { readSession } from "../start/session";
import { seeEc2 } from "./live-ec2";
import { seeLocal } from "./live-health";
import { containerUsages, withUsages } from "./usage";
import type { Watched } from "./watch";

/** A stack of this machine. Each look runs the preflight, so they are not too close. */
export async function watchedLocal(home: Home, stack: string): Promise<Watched> {
  const session = readSession(home, stack);
  const deployed = await outputs(session);
  Object.assign(process.env, sessionEnvironment(session)); // the Docker CLI runs in this session's environment
  return {
    stack,
    every: 10,
    look: async (before) => {
      const [{ report, observation }, usages] = await Promise.all([
        seeLocal(session, deployed, before?.report),
        containerUsages(session.stack),
      ]);
      const { release, since } = report;
      return {
        report,
        observation: withUsages(observation, usages),
        at: Date.now(),
        insight: storedInsight(home, stack, { release, since })?.summary,
      };
    },
  };
}

/** A stack on EC2: each look is a command on its host. */
export async function watchedEc2(stack: string): Promise<Watched> {
  const host = await reachHost(stack);
  return {
    stack,
    every: 30,
    look: async (before) => ({ ...(await seeEc2(host, before?.report)), at: Date.now() }),
  };
}
