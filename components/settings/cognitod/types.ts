/** A value that TOML can hold. */
export type ConfigValue = string | number | boolean | readonly ConfigValue[] | ConfigTable;

/** A table of TOML. */
export interface ConfigTable {
  readonly [key: string]: ConfigValue;
}

/** Sections of cognitod's configuration by name. */
export type ConfigSections = Readonly<Record<string, ConfigTable>>;
