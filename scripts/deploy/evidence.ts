import * as os from "node:os";

import { isUpdating } from "../lib/updating";
import { tryRun } from "../lib/run";
import { projectFolder } from "../lib/home";
import type { Evidence, Lock, WorkflowRun } from "./locks";

/** The workflow that updates stacks. */
const workflow = "deploy.yml";

const fields = "databaseId,status,conclusion,startedAt,updatedAt,url";

/** The newest runs of the workflow, by GitHub's CLI; undefined if it is missing or refused. */
async function workflowRuns(): Promise<WorkflowRun[] | undefined> {
  const command = ["run", "list", "--workflow", workflow, "--limit", "100", "--json", fields];
  const found = await tryRun("gh", command, { cwd: projectFolder, timeout: 30_000 }).catch(() => undefined);
  return found?.status === 0 ? (JSON.parse(found.stdout) as WorkflowRun[]) : undefined;
}

/** What can be found out about locks from here. */
export async function evidenceFor(locks: readonly Lock[]): Promise<Evidence> {
  const host = os.hostname();
  const own = locks.filter((lock) => lock.host === host).map(({ pid }) => pid);
  const running = await Promise.all(own.map(isUpdating));
  const { GITHUB_RUN_ID: run } = process.env;
  return {
    host,
    updating: own.filter((_, index) => running[index]),
    runs: own.length === locks.length ? undefined : await workflowRuns(),
    ownRun: run === undefined ? undefined : Number(run),
  };
}
