type OptionalKeys<T> = { [Key in keyof T]: undefined extends T[Key] ? Key : never }[keyof T];

/** `T` with optional properties instead of properties that may be undefined. */
export type Defined<T> = Omit<T, OptionalKeys<T>> & { [Key in OptionalKeys<T>]?: Exclude<T[Key], undefined> };

/**
 * The same object without the properties that are undefined: optional properties must be absent, both for
 * `exactOptionalPropertyTypes` and for whatever compares or hashes the object. Dynamic providers capture this function.
 */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
