import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { unitArgument } from "../../components/services/render/systemd-unit";
import { run } from "../../scripts/lib/run";
import { hostileWords } from "../fixtures/hostile";

/** The folders of systemd's private library, which has the function that reads `ExecStart=`. */
const folders = [
  "/usr/lib/x86_64-linux-gnu/systemd",
  "/usr/lib/aarch64-linux-gnu/systemd",
  "/usr/lib/systemd",
  "/lib/systemd",
];

/** Prints the words of each line: extract_first_word() with EXTRACT_CUNESCAPE and EXTRACT_UNQUOTE, as for `ExecStart=`. */
const program = `
import ctypes, json, sys
shared = ctypes.CDLL(sys.argv[1])
found = []
for line in json.load(sys.stdin):
    rest, words = ctypes.c_char_p(line.encode()), []
    while True:
        word = ctypes.c_char_p()
        status = shared.extract_first_word(ctypes.byref(rest), ctypes.byref(word), None, 1 << 1 | 1 << 5)
        if status < 0:
            words = ["error %d" % status]
        if status <= 0:
            break
        words.append(word.value.decode())
    found.append(words)
json.dump(found, sys.stdout)
`;

describe("the words of a unit's command line", () => {
  it("are read by systemd as they were written, for hostile values", async () => {
    const library = folders
      .flatMap((folder) => (fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : []))
      .find((file) => /libsystemd-shared-.*\.so$/.test(file));
    assert.ok(library !== undefined, "systemd's library is not installed");
    const lines = hostileWords.map((words) => words.map(unitArgument).join(" "));
    const { stdout } = await run("python3", ["-c", program, library], { input: JSON.stringify(lines) });
    const found = JSON.parse(stdout) as string[][];
    // Specifiers and variables are replaced later: `%%` and `$$` are the characters themselves.
    const read = (word: string) => word.replace(/%%/g, "%").replace(/\$\$/g, "$");
    assert.deepEqual(
      found.map((words) => words.map(read)),
      hostileWords,
    );
  });
});
