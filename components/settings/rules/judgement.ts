import { type Definition, shown } from "../definition";
import type { Fault } from "../fault";
import { type RawSettings, type World, removeCommand, setCommand } from "../read";
import { type SettingName, type Values, keyOf, schema } from "../schema";

/** What the rules on settings that don't go together are told, and what they say. */
export class Judgement {
  readonly faults: Fault[] = [];

  constructor(
    readonly values: Values,
    private readonly raw: RawSettings,
    readonly world: World,
    /** Those found on single values: what they are about is judged no further. */
    private readonly earlier: readonly Fault[],
  ) {}

  private definition(name: SettingName): Definition {
    return schema[name];
  }

  /** Whether a person wrote something there, an encrypted value included. */
  isGiven(name: SettingName): boolean {
    return this.raw[name] !== undefined && this.raw[name] !== null;
  }

  /**
   * Whether a person chose something there. A value equal to the default doesn't count: Pulumi hands the program every
   * default as if it were set.
   */
  isChosen(name: SettingName): boolean {
    const { default: usual } = this.definition(name);
    return this.isGiven(name) && (usual === undefined || this.values[name] !== usual);
  }

  /** Whether that setting's own value is without fault. */
  isSound(name: SettingName): boolean {
    return !this.earlier.some(({ key }) => key === keyOf(name));
  }

  /** Says that a setting doesn't go with the others. The remedy is a command or an action. */
  refuse(name: SettingName, problem: string, remedy: string): void {
    const value = this.values[name];
    this.faults.push({
      key: keyOf(name),
      ...(this.definition(name).secret === true || value === undefined ? {} : { value: shown(value) }),
      problem,
      remedy,
    });
  }

  /** The command that sets it, to an example where no value is named. */
  set(name: SettingName, value?: string): string {
    return setCommand(name, this.world, value);
  }

  /** The command that takes it away. */
  remove(name: SettingName): string {
    return removeCommand(name, this.world);
  }
}

/** The value when it is a path, and nothing otherwise. */
export const pathOf = (value: string | undefined) => (/^\.{0,2}\//.test(value ?? "") ? value : undefined);
