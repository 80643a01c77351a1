import assert from "node:assert/strict";

import fc from "fast-check";

import { goDuration, goDurationSeconds } from "../../../components/go-duration";

describe("Go's durations", () => {
  it("are printed as Go prints them", () => {
    assert.deepEqual([5, 59, 60, 90, 300].map(goDuration), ["5s", "59s", "1m0s", "1m30s", "5m0s"]);
  });

  it("are parsed; anything else is undefined", () => {
    const read = ["1h", "12h", "30m", "1h30m5s", "90", "", "soon"].map(goDurationSeconds);
    assert.deepEqual(read, [3600, 43_200, 1800, 5405, undefined, undefined, undefined]);
  });

  it("are parsed back to the seconds that were printed", () => {
    fc.assert(
      fc.property(fc.nat(3599), (seconds) => {
        assert.equal(goDurationSeconds(goDuration(seconds)), seconds);
      }),
    );
  });
});
