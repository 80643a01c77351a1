import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { linnixHome } from "../../../../scripts/lib/home";
import { removeInsights, storeInsight, storedInsight } from "../../../../scripts/start/stored-insight";

describe("a stored insight", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-insight-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const home = () => linnixHome({ LINNIX_HOME: folder });
  const run = { release: "e22f61f2d246039b", since: "2026-11-26T16:41:41.858Z" };
  const insight = { timestamp: 1, summary: "all well" };

  it("is of one run: after a stop and a start of the same release there is none", () => {
    storeInsight(home(), "a", { ...run, insight });
    assert.deepEqual(storedInsight(home(), "a", run), insight);
    assert.equal(storedInsight(home(), "a", { ...run, since: "2026-11-26T17:00:00.000Z" }), undefined);
    assert.equal(storedInsight(home(), "a", { ...run, release: "0000000000000000" }), undefined);
    assert.equal(storedInsight(home(), "b", run), undefined);
  });

  it("is the stack's only one, those of earlier versions gone, and no other stack's touched", () => {
    for (const name of ["insight-a-0123456789abcdef.json", "insight-a-b.json", "insight-a-b-0123456789abcdef.json"])
      fs.writeFileSync(path.join(folder, name), "{}");
    storeInsight(home(), "a", { ...run, insight });
    const others = ["insight-a-b-0123456789abcdef.json", "insight-a-b.json"];
    assert.deepEqual(fs.readdirSync(folder).sort(), [...others, "insight-a.json"].sort());
    removeInsights(home(), "a");
    assert.deepEqual(fs.readdirSync(folder).sort(), others);
  });

  it("is none if the file is cut off", () => {
    fs.writeFileSync(path.join(folder, "insight-a.json"), '{"release":');
    assert.equal(storedInsight(home(), "a", run), undefined);
  });
});
