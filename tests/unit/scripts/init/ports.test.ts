import assert from "node:assert/strict";

import { ownPorts } from "../../../../scripts/init/ports";
import type { RawSettings } from "../../../../components/settings/validate";

const stack = (raw: RawSettings, name = "other") => ({ stack: name, stackIsGuess: false, raw });

describe("the ports of one more local stack", () => {
  it("are the usual ones where no other local stack is", () => {
    assert.deepEqual(ownPorts([]), {});
    assert.deepEqual(ownPorts([stack({ host: "ec2", "aws:region": "us-east-1" }), stack({ host: "nowhere" })]), {});
  });

  it("are none that another one uses, whether set or by default", () => {
    const second = { apiPort: 13000, healthPort: 19464, llamaPort: 18090 };
    assert.deepEqual(ownPorts([stack({})]), second);
    const third = ownPorts([stack({}), stack({ host: "local", ...second }, "second")]);
    assert.deepEqual(third, { apiPort: 13001, healthPort: 19465, llamaPort: 18091 });
    assert.deepEqual(ownPorts([stack({ apiPort: "4000", healthPort: "3000" })]), { apiPort: 13000, llamaPort: 18090 });
  });
});
