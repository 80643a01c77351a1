import assert from "node:assert/strict";

import { explainStart } from "../../../../../../components/hosts/ec2/machine/failed-start";

describe("a host that AWS does not start", () => {
  const failed = { id: "i-1", type: "m7i.large", region: "eu-west-1" };
  const refused = (code: string) => [
    `updating EC2 Instance (i-1): operation error EC2: StartInstances, StatusCode: 400, api error ${code}: no more`,
  ];

  it("is explained with the way back to the old type, and the way to the new one", () => {
    for (const code of ["InsufficientInstanceCapacity", "VcpuLimitExceeded", "Unsupported"]) {
      const text = explainStart({ ...failed, errors: refused(code) }) ?? "";
      assert.ok(text.startsWith(`AWS does not start the host as a m7i.large now (${code}), so it is stopped: `), text);
      assert.match(text, /set linnix:instanceType to the type before or to another one and run `pulumi up --refresh`/);
      assert.match(text, /later with `aws ec2 start-instances --instance-ids i-1 --region eu-west-1`, then/);
    }
  });

  it("is not called stopped if it was to be created", () => {
    const text = explainStart({ ...failed, id: "", errors: refused("InsufficientInstanceCapacity") });
    assert.match(text ?? "", /^AWS starts no m7i\.large now .*set linnix:instanceType to another one, or run/);
  });

  it("is not explained after another error", () => {
    for (const errors of [[], refused("UnauthorizedOperation"), ["UnsupportedOperation: not stopped"]])
      assert.equal(explainStart({ ...failed, errors }), undefined);
  });
});
