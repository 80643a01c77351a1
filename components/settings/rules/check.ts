import { type Definition, shownValue } from "../definition";
import type { Fault } from "../fault";
import { type RawSettings, type ValidationContext, removeCommand, setCommand } from "../read";
import { type SettingName, type Values, keyOf, schema } from "../schema";

/** Input of the rules on combinations of settings, and the faults that they find. */
export class SettingsCheck {
  readonly faults: Fault[] = [];

  constructor(
    readonly values: Values,
    private readonly raw: RawSettings,
    readonly context: ValidationContext,
    /** Faults of single values: rules skip the settings that have one, so that no mistake is reported twice. */
    private readonly earlier: readonly Fault[],
  ) {}

  private definition(name: SettingName): Definition {
    return schema[name];
  }

  /** Whether the configuration has a value, an encrypted or invalid one included. */
  isSet(name: SettingName): boolean {
    return this.raw[name] !== undefined && this.raw[name] !== null;
  }

  /** Whether the configuration changes the default. Pulumi passes every default to the program as if it were set. */
  differsFromDefault(name: SettingName): boolean {
    const { default: usual } = this.definition(name);
    return this.isSet(name) && (usual === undefined || this.values[name] !== usual);
  }

  /** Whether the setting's own value is valid. */
  isValid(name: SettingName): boolean {
    return !this.earlier.some(({ key }) => key === keyOf(name));
  }

  /** Reports that a setting contradicts others. The remedy is a command or an action. */
  fault(name: SettingName, problem: string, remedy: string): void {
    const value = this.values[name];
    this.faults.push({
      key: keyOf(name),
      ...(this.definition(name).secret === true || value === undefined ? {} : { value: shownValue(value) }),
      problem,
      remedy,
    });
  }

  /** Reports a fault without the value, which contains something secret. */
  hiddenFault(name: SettingName, problem: string, remedy: string): void {
    this.faults.push({ key: keyOf(name), problem, remedy });
  }

  /** The command that sets a setting; to its example if no value is passed. */
  set(name: SettingName, value?: string): string {
    return setCommand(name, this.context, value);
  }

  /** The command that removes a setting. */
  remove(name: SettingName): string {
    return removeCommand(name, this.context);
  }
}

/** The value if it is a path, undefined otherwise. */
export const pathOf = (value: string) => (/^\.{0,2}\//.test(value) ? value : undefined);
