import assert from "node:assert/strict";

import { interruptedText } from "../../../../scripts/lib/interrupt";

describe("an interruption", () => {
  it("says what was interrupted, and what is left", () => {
    assert.equal(interruptedText(""), "Interrupted.");
    assert.equal(interruptedText("building"), "Interrupted: building. Run the command again to continue.");
    assert.equal(interruptedText("", "Nothing was changed."), "Interrupted. Nothing was changed.");
    assert.equal(interruptedText("asking", "Nothing was changed."), "Interrupted: asking. Nothing was changed.");
  });
});
