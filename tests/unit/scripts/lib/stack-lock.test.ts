import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { linnixHome } from "../../../../scripts/lib/home";
import { withHomeLock, withStackLock } from "../../../../scripts/lib/stack-lock";

describe("starts and stops of one home", function () {
  this.timeout(20_000);
  let folder: string;
  let events: string[];
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-lock-"));
    events = [];
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const home = () => linnixHome({ LINNIX_HOME: folder });
  /** Work that ends when `end` is called. */
  const work = (name: string) => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const body = async () => {
      events.push(`${name} begins`);
      await ended;
      events.push(`${name} ends`);
    };
    const waits = () => events.push(`${name} waits`);
    return { body, waits, end };
  };
  /** Waits until something happened. */
  const until = async (event: string) => {
    while (!events.includes(event)) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it("of one stack wait for each other, and say so once", async () => {
    const [one, two] = [work("one"), work("two")];
    const first = withStackLock(home(), "a", one.body, one.waits);
    await until("one begins");
    const second = withStackLock(home(), "a", two.body, two.waits);
    await until("two waits");
    one.end();
    two.end();
    await Promise.all([first, second]);
    assert.deepEqual(events, ["one begins", "two waits", "one ends", "two begins", "two ends"]);
  });

  it("of two stacks run side by side", async () => {
    const [one, two] = [work("one"), work("two")];
    const first = withStackLock(home(), "a", one.body, one.waits);
    const second = withStackLock(home(), "b", two.body, two.waits);
    await Promise.all([until("one begins"), until("two begins")]);
    one.end();
    two.end();
    await Promise.all([first, second]);
  });

  it("never overlap with a purge: it waits for those at work, and those that come wait for it", async () => {
    const [start, purge, later] = [work("start"), work("purge"), work("later")];
    const first = withStackLock(home(), "a", start.body, start.waits);
    await until("start begins");
    const second = withHomeLock(home(), purge.body, purge.waits);
    await until("purge waits");
    start.end();
    await until("purge begins");
    const third = withStackLock(home(), "b", later.body, later.waits);
    await until("later waits");
    purge.end();
    later.end();
    await Promise.all([first, second, third]);
    const order = ["start ends", "purge begins", "purge ends", "later begins"].map((event) => events.indexOf(event));
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  it("release what they hold if they fail", async () => {
    const failing = () => Promise.reject(new Error("no"));
    await assert.rejects(
      withStackLock(home(), "a", failing, () => undefined),
      /no/,
    );
    await assert.rejects(
      withHomeLock(home(), failing, () => undefined),
      /no/,
    );
    assert.deepEqual(fs.readdirSync(folder), []);
  });
});
