// StrykerJS, as scripts/mutation/stryker.ts starts it: that chooses the modules, and the tests that import them.
const mutated = (process.env.LINNIX_MUTATED ?? "").split(" ");
const specs = (process.env.LINNIX_MUTATION_SPECS ?? "").split(" ");

export default {
  testRunner: "mocha",
  mochaOptions: { "no-config": true, spec: specs },
  testRunnerNodeArgs: ["--import", "tsx"],
  // Of each mutant only the tests that run it. A mutant of a module's constants gets a new process.
  coverageAnalysis: "perTest",
  // A mutant that breaks types is not a fault that tests must find; tsx ignores types, so such mutants count nevertheless.
  disableTypeChecks: true,
  // No such file: tsconfig.json needs no change for the copy, and StrykerJS would need TypeScript to change it.
  tsconfigFile: "none",
  // Only changed modules are mutated again. A changed test is not noticed: --force.
  incremental: true,
  incrementalFile: "reports/mutation/incremental.json",
  reporters: ["clear-text", "html", "json"],
  htmlReporter: { fileName: "reports/mutation/report.html" },
  jsonReporter: { fileName: "reports/mutation/report.json" },
  clearTextReporter: { allowColor: false, logTests: false },
  // What the issue of these tests asks for: components 90 %, scripts 75 %.
  thresholds: { high: 90, low: 75, break: mutated.every((file) => file.startsWith("components/")) ? 90 : 75 },
  ignorePatterns: ["reports", "sample/daemon/target", "**/__pycache__"],
  timeoutMS: 60000,
  dryRunTimeoutMinutes: 30,
};
