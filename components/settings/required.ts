/**
 * A value that `validate` makes sure of, by a rule that its type cannot express.
 *
 * @throws Error if it is missing: the caller resolved values that have faults.
 */
export function required<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new Error(`${key} is not set: the settings were resolved in spite of their faults`);
  return value;
}
