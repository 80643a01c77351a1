import assert from "node:assert/strict";

import { Display } from "../../../../scripts/lib/display";
import { canRedraw, frame, rowsOf } from "../../../../scripts/lib/terminal";

/** A display whose clock a test sets, and what it wrote. */
function fixture(live: boolean) {
  const time = { now: 0 };
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), columns: 40, rows: 24 };
  const display = new Display(output, live, () => time.now);
  const wait = (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 1_000) {
      time.now += 1_000;
      display.tick();
    }
  };
  return { display, wait, taken: () => written.splice(0) };
}

describe("a display without a terminal", () => {
  it("prints an activity once it lasts, its result, and a heartbeat that names all", () => {
    const { display, wait, taken } = fixture(false);
    const slow = display.begin({ name: "pulumi up", text: "building image cognitod" });
    const quick = display.begin({ name: "pulumi up", text: "creating volume log" });
    display.end(quick, "created volume log");
    assert.deepEqual(taken(), ["pulumi up    created volume log\n"]);
    wait(2_000);
    assert.deepEqual(taken(), ["pulumi up    building image cognitod\n"]);
    display.begin({ name: "tool chain", text: "downloading Pulumi" });
    wait(21_000);
    assert.deepEqual(taken(), [
      "tool chain   downloading Pulumi\n",
      "in progress  building image cognitod (23 s), downloading Pulumi (21 s)\n",
    ]);
    display.end(slow, "built image cognitod");
    assert.deepEqual(taken(), ["pulumi up    built image cognitod\n"]);
    assert.equal(display.inProgress(), "downloading Pulumi");
  });

  it("announces what an activity does next", () => {
    const { display, wait, taken } = fixture(false);
    const id = display.begin({ name: "tool chain", text: "looking" });
    wait(1_000);
    display.change(id, "building");
    wait(1_000);
    assert.deepEqual(taken(), ["tool chain   looking\n", "tool chain   building\n"]);
  });

  it("prints nothing for an activity that ends without a result", () => {
    const { display, taken } = fixture(false);
    display.end(display.begin({ name: "pulumi up", text: "checking container llama", brief: true }));
    assert.deepEqual(taken(), []);
  });
});

describe("a display on a terminal", () => {
  it("redraws the activities below the lines that stay", () => {
    const { display, wait, taken } = fixture(true);
    const one = display.begin({ name: "a", text: "one" });
    display.begin({ name: "b", text: "two" });
    taken();
    wait(1_000);
    assert.deepEqual(taken(), ["\u001b[2A\r\u001b[Ja            one (1 s)\nb            two (1 s)\n"]);
    display.end(one, "one is done");
    assert.deepEqual(taken(), ["\u001b[2A\r\u001b[Ja            one is done\nb            two (1 s)\n"]);
    display.tick();
    assert.deepEqual(taken(), []);
  });

  it("breaks a line that stays between words, at the terminal's width", () => {
    const { display, taken } = fixture(true);
    const id = display.begin({ name: "tool chain", text: "looking" });
    taken();
    display.end(id, "pulumi 3.259.0 (download), docker 5.2.0 (path)");
    assert.deepEqual(taken(), [
      "\u001b[1A\r\u001b[Jtool chain   pulumi 3.259.0 (download),\n             docker 5.2.0 (path)\n",
    ]);
  });

  it("removes the live lines for good when something fails, so that messages stay whole", () => {
    const { display, wait, taken } = fixture(true);
    display.begin({ name: "a", text: "one" });
    taken();
    display.settle();
    assert.deepEqual(taken(), ["\u001b[1A\r\u001b[J"]);
    wait(1_000);
    assert.deepEqual(taken(), ["a            one\n"]);
  });

  it("clears as many rows as the lines take since the terminal became narrower", () => {
    assert.equal(rowsOf(["x".repeat(80), "y", ""], 40), 4);
    assert.equal(frame(["x".repeat(80)], ["stays"], ["live"], 40), "\u001b[2A\r\u001b[Jstays\nlive\n");
  });

  it("is for people only: not for CI, a dumb terminal or a pipe", () => {
    assert.equal(canRedraw({ isTTY: true }, { TERM: "xterm" }), true);
    assert.equal(canRedraw({ isTTY: true }, { TERM: "xterm", CI: "false" }), true);
    assert.equal(canRedraw({ isTTY: true }, { TERM: "xterm", CI: "true" }), false);
    assert.equal(canRedraw({ isTTY: true }, { TERM: "dumb" }), false);
    assert.equal(canRedraw({}, { TERM: "xterm" }), false);
  });
});
