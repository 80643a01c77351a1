/** Exceptions from rules: for one resource, with a reason and a last day. Pure. */

/** One exception, as the pack's configuration has it. */
export interface Exception {
  /** The policy's name, as a finding shows it. */
  readonly rule: string;
  /** The resource's name in the program. */
  readonly resource: string;
  readonly reason: string;
  /** The last day, `2026-12-31`, in UTC. */
  readonly until: string;
}

/** The day of a moment, in UTC. */
export const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

/** Whether an exception is over. */
const isOver = ({ until }: Exception, today: string): boolean => until < today;

/** Whether a resource is excepted from a rule today. */
export const isExcepted = (exceptions: readonly Exception[], rule: string, resource: string, today: string): boolean =>
  exceptions.some((it) => it.rule === rule && it.resource === resource && !isOver(it, today));

/** What is wrong with the exceptions: one sentence for each that is over. */
export const faultsOf = (exceptions: readonly Exception[], today: string): string[] =>
  exceptions
    .filter((it) => isOver(it, today))
    .map(
      ({ rule, resource, reason, until }) =>
        `the exception of ${resource} from ${rule} ended on ${until} (${reason}): correct the resource, or agree on another day`,
    );
