import assert from "node:assert/strict";

import { firstPromptTokens } from "../../../../scripts/lib/measure";

describe("the tokens of a prompt", () => {
  it("are those of the first prompt in llama-server's log, not those of its answer", () => {
    const log = [
      "6.58.239.663 I slot print_timing: id  0 | task 0 | prompt eval time =   31.29 ms /   543 tokens (    0.06 ms per token)",
      "6.58.239.668 I slot print_timing: id  0 | task 0 |        eval time = 1101.52 ms /   200 tokens (    5.54 ms per token)",
      "7.58.239.663 I slot print_timing: id  0 | task 9 | prompt eval time =    1.29 ms /    12 tokens (    0.06 ms per token)",
    ].join("\n");
    assert.equal(firstPromptTokens(log), 543);
  });

  it("are unknown if the log reports no prompt", () => {
    assert.equal(firstPromptTokens("eval time = 1101.52 ms / 200 tokens"), undefined);
  });
});
