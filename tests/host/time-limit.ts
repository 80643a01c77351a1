/**
 * A limit of time for this layer. CI cuts a run off that takes too long and loses its report; on a slow machine the last tests
 * are therefore left out, and named.
 */

/** Environment variable: no test begins after this time, in seconds since 1970. Default: no limit. */
const variable = "LINNIX_HOST_TESTS_UNTIL";
const limit = Number(process.env[variable] ?? Infinity);
const leftOut = new Set<string>();

/** Whether the limit is over. */
const late = () => Date.now() / 1000 > limit;

/** Leaves a suite's tests out if the limit is over; called before the suite prepares the host. */
export function leaveOutIfLate(hook: Mocha.Context): void {
  if (!late()) return;
  const suite = hook.test?.parent;
  suite?.eachTest((test) => void leftOut.add(test.fullTitle()));
  hook.skip();
}

beforeEach("leave the test out after the time limit", function () {
  if (!late()) return;
  leftOut.add(this.currentTest?.fullTitle() ?? "");
  this.skip();
});

after("name the tests that were left out", () => {
  if (leftOut.size === 0) return;
  const list = [...leftOut].map((title) => `  ${title}\n`).join("");
  process.stdout.write(`*** LEFT OUT, the time limit (${variable}) was over: ${leftOut.size} tests\n${list}`);
});
