import assert from "node:assert/strict";

import { schema } from "../../../../../components/settings/schema";
import { BadInput } from "../../../../../scripts/lib/errors";
import { check } from "../../../../fixtures/ec2-settings/base";
import { contradictory } from "../../../../fixtures/ec2-settings/contradictory";
import { malformed } from "../../../../fixtures/ec2-settings/malformed";

describe("settings of an EC2 host", () => {
  for (const [what, raw, key, value, problem] of [...malformed, ...contradictory]) {
    it(`refuse ${what}`, () => {
      const faults = check(raw);
      assert.equal(faults.length, 1, JSON.stringify(faults));
      const [fault] = faults;
      assert.equal(fault?.key, key);
      if (value !== undefined) assert.equal(fault.value, value);
      assert.match(fault.problem, problem);
      // A command that a shell takes, or an action in words.
      assert.match(
        fault.remedy,
        /^(pulumi config (set|rm) (--secret )?(linnix|aws):\w+ .*--stack prod|[a-z]+ \w+ \w+)/,
      );
      const name = key.replace(/^linnix:/, "");
      if ("secret" in schema[name as "apiToken"]) assert.equal(fault.value, undefined);
      assert.match(new BadInput(faults).message, new RegExp(`^${key}( = .+)?: .+\\n {4}\\S.*$`));
    });
  }

  it("are refused in 60 ways and more, no two alike", () => {
    const all = [...malformed, ...contradictory];
    assert.ok(all.length >= 60, String(all.length));
    assert.equal(new Set(all.map(([, raw]) => JSON.stringify(raw))).size, all.length);
    const blamed = new Set(all.map(([, , key]) => key.replace(/^linnix:/, "")));
    const unblamed = Object.entries(schema).filter(([name, definition]) => "hosts" in definition && !blamed.has(name));
    assert.deepEqual(unblamed, []);
  });
});
