/** The locks of a stack in a self-managed backend, and whether the updates that hold them still run. Pure. */

/** A lock, from the message with which Pulumi refuses an update. */
export interface Lock {
  /** Its file in the backend. */
  readonly place: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** When it was made, ISO 8601. */
  readonly since: string;
}

const lockLine = /^\s*(\S+): created by (.*)@(\S*) \(pid (\d+)\) at (\S+)\s*$/;

/** The locks that Pulumi names; none if the text is about something else. */
export function locksIn(text: string): Lock[] {
  if (!text.includes("the stack is currently locked by")) return [];
  return text.split("\n").flatMap((line) => {
    const [, place = "", user = "", host = "", pid = "", since = ""] = lockLine.exec(line) ?? [];
    return place === "" ? [] : [{ place, user, host, pid: Number(pid), since }];
  });
}

/** A run of the workflow that deploys, from `gh run list --json`. */
export interface WorkflowRun {
  readonly databaseId: number;
  /** `completed` if it is over. */
  readonly status: string;
  /** `success`, `failure`, `cancelled`; empty while it runs. */
  readonly conclusion: string;
  /** When its last attempt began, and when it was last changed; ISO 8601. */
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly url: string;
}

/** What is known where this command runs. */
export interface Evidence {
  /** This machine's name. */
  readonly host: string;
  /** The ids of processes of this machine that update a stack. */
  readonly updating: readonly number[];
  /** Undefined if GitHub could not be asked. */
  readonly runs: readonly WorkflowRun[] | undefined;
  /** Id of the run that this command is part of. */
  readonly ownRun?: number | undefined;
}

/** Whether the update that holds a lock is over, and how that is known. */
export interface Verdict {
  readonly state: "running" | "over" | "unknown";
  readonly why: string;
}

/** The user of GitHub's runners. */
const runnerUser = "runner";

const time = (text: string): number => Date.parse(text);

/** Clocks of a runner and of GitHub differ by less, in milliseconds. */
const clockError = 60_000;

function ofRuns({ since }: Lock, runs: readonly WorkflowRun[], ownRun: number | undefined): Verdict {
  const at = time(since);
  // This run itself has just met the lock: it did not make it.
  const during = runs.filter(
    ({ databaseId, startedAt, updatedAt, status }) =>
      databaseId !== ownRun &&
      time(startedAt) - clockError <= at &&
      (status !== "completed" || at <= time(updatedAt) + clockError),
  );
  const running = during.find(({ status }) => status !== "completed");
  if (running !== undefined) return { state: "running", why: `the run ${running.url} began before it and still runs` };
  const [run] = during;
  if (run !== undefined) return { state: "over", why: `the run ${run.url} made it and is over: ${run.conclusion}` };
  return { state: "unknown", why: "no run of the workflow is known from that time" };
}

/** Judges a lock. What is not proven to be over is not. */
export function judge(lock: Lock, { host, updating, runs, ownRun }: Evidence): Verdict {
  if (lock.host === host) {
    return updating.includes(lock.pid)
      ? { state: "running", why: `process ${lock.pid} of this machine is a Pulumi that still runs` }
      : { state: "over", why: `process ${lock.pid} of this machine does not run any more` };
  }
  if (lock.user !== runnerUser) return { state: "unknown", why: `only ${lock.host} can tell whether its process runs` };
  return runs === undefined
    ? { state: "unknown", why: "GitHub could not be asked about the workflow's runs (`gh auth status`)" }
    : ofRuns(lock, runs, ownRun);
}

/** A lock with its verdict. */
export type Judged = Lock & Verdict;

/** Whether all locks are of updates that are over. */
export const areOver = (locks: readonly Judged[]): boolean =>
  locks.length > 0 && locks.every(({ state }) => state === "over");

/** What a person reads: who holds the locks, since when, whether they still run, and what to do. */
export function lockedText(stack: string, locks: readonly Judged[]): string {
  const lines = locks.map(
    ({ user, host, pid, since, why }) => `  by ${user}@${host}, process ${pid}, since ${since}: ${why}`,
  );
  const remedy = areOver(locks)
    ? `Nothing holds it any more: \`npm run deploy -- ${stack} --take-over\` removes the lock, repairs the state and updates.`
    : locks.some(({ state }) => state === "running")
      ? "Wait for its end, then deploy again."
      : `Find out whether it still runs. If you know that it is over: \`pulumi cancel --stack ${stack}\`, then deploy again.`;
  return [`Stack ${stack} is locked:`, ...lines, remedy].join("\n");
}
