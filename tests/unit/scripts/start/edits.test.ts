import assert from "node:assert/strict";

import { handMadeEdits } from "../../../../scripts/start/edits";

describe("settings set by hand beside npm start", () => {
  const written = {
    settings: { source: "sample", apiPort: 3000, baseImages: { runtime: "a", llamaServer: "b" } },
    edits: {},
  };

  it("are those that differ from what was written, new ones too", () => {
    const found = { ...written.settings, apiPort: 13000, logLevel: "debug" };
    assert.deepEqual(handMadeEdits(written, found), { apiPort: 13000, logLevel: "debug" });
  });

  it("are none where only the order of keys changed", () => {
    const found = { ...written.settings, baseImages: { llamaServer: "b", runtime: "a" } };
    assert.deepEqual(handMadeEdits(written, found), {});
  });

  it("are kept from one start to the next, until they are removed", () => {
    const later = { settings: { ...written.settings, apiPort: 13000 }, edits: { apiPort: 13000 } };
    assert.deepEqual(handMadeEdits(later, later.settings), { apiPort: 13000 });
    assert.deepEqual(handMadeEdits(later, { source: "sample" }), {});
  });

  it("give way to a newer edit of the same", () => {
    const later = { settings: { apiPort: 13000 }, edits: { apiPort: 13000 } };
    assert.deepEqual(handMadeEdits(later, { apiPort: 23000 }), { apiPort: 23000 });
  });

  it("can't be told where nothing was written", () => {
    assert.deepEqual(handMadeEdits(undefined, { apiPort: 1 }), {});
  });
});
