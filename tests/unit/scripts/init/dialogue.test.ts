import assert from "node:assert/strict";
import { PassThrough } from "node:stream";

import { openDialogue } from "../../../../scripts/init/dialogue";
import { Failure } from "../../../../scripts/lib/errors";

/** A dialogue on streams, and what it prints. */
function onStreams() {
  const [input, output] = [new PassThrough(), Object.assign(new PassThrough(), { columns: 40 })];
  return { input, dialogue: openDialogue(input, output), printed: () => String(output.read() ?? "") };
}

describe("a dialogue", () => {
  it("prints the prompt, returns the line that is typed, and breaks long texts", async () => {
    const { input, dialogue, printed } = onStreams();
    dialogue.tell(`one\n${"word ".repeat(12).trim()}`);
    const answer = dialogue.ask("host [local]: ");
    input.write("ec2\n");
    assert.equal(await answer, "ec2");
    const [first, ...others] = printed().split("\n");
    assert.equal(first, "one");
    assert.ok(others.every((line) => line.length <= 40));
    assert.equal(others.at(-1), "host [local]: ");
    dialogue.close();
  });

  it("ends with what to know when the input ends, before and after a question", async () => {
    const { input, dialogue } = onStreams();
    const ended = (error: unknown) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.message, "Interrupted. Nothing was written.");
      return true;
    };
    const answer = dialogue.ask("host [local]: ");
    input.end();
    await assert.rejects(answer, ended);
    await assert.rejects(dialogue.ask("region []: "), ended);
  });
});
