/**
 * The resource option that takes over an existing resource whose id is its name, if there is one. It has no effect on a
 * resource that the state has under this id already. Pure.
 */
export function adopted(existing: ReadonlySet<string> | undefined, name: string): { import?: string } {
  return existing?.has(name) === true ? { import: name } : {};
}
