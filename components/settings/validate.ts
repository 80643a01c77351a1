import type { Fault } from "./fault";
import { type RawSettings, type World, readValues } from "./read";
import { judgeCommon, judgeLocal } from "./rules/common";
import { judgeEc2 } from "./rules/ec2";
import { Judgement } from "./rules/judgement";
import type { Values } from "./schema";

export { type RawSettings, type RawValue, type World, isEncrypted } from "./read";

/** Checks configuration as a whole. Returns every fault found, and the values as far as they could be read. */
export function validate(raw: RawSettings, world: World): { values: Values; faults: Fault[] } {
  const { values, faults } = readValues(raw, world);
  const judgement = new Judgement(values, raw, world, faults);
  judgeCommon(judgement);
  if (values.host === "ec2") judgeEc2(judgement);
  else judgeLocal(judgement);
  return { values, faults: [...faults, ...judgement.faults] };
}
