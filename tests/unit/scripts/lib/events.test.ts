import assert from "node:assert/strict";

import { readEvent } from "../../../../scripts/lib/events";

const urn = "urn:pulumi:local::linnix::docker-build:index:Image::cognitod-build";

/** A line of the event log about a resource. */
function resourceLine(event: string, op: string, more: object = {}, custom = true): string {
  const state = { type: "docker-build:index:Image", urn, custom };
  const metadata = { op, urn, type: "docker-build:index:Image", old: null, new: state, ...more };
  return JSON.stringify({ sequence: 1, timestamp: 1, [event]: { metadata } });
}

function diagnosticLine(diagnostic: object): string {
  return JSON.stringify({ sequence: 1, timestamp: 1, diagnosticEvent: { color: "never", ...diagnostic } });
}

describe("a line of Pulumi's event log", () => {
  it("reports where work begins, ends and fails", () => {
    assert.deepEqual(readEvent(resourceLine("resourcePreEvent", "create")), {
      kind: "begin",
      urn,
      operation: "create",
    });
    assert.deepEqual(readEvent(resourceLine("resOutputsEvent", "create")), { kind: "end", urn });
    assert.deepEqual(readEvent(resourceLine("resOpFailedEvent", "create")), { kind: "failed", urn });
    const removed = resourceLine("resourcePreEvent", "delete", { old: { custom: true }, new: null });
    assert.deepEqual(readEvent(removed), { kind: "begin", urn, operation: "delete" });
  });

  it("is skipped for unchanged resources, components, providers and the whole of a replacement", () => {
    assert.equal(readEvent(resourceLine("resourcePreEvent", "same")), undefined);
    assert.equal(readEvent(resourceLine("resOutputsEvent", "same")), undefined);
    assert.equal(readEvent(resourceLine("resourcePreEvent", "replace")), undefined);
    assert.equal(readEvent(resourceLine("resourcePreEvent", "create", {}, false)), undefined);
    assert.equal(readEvent(resourceLine("resourcePreEvent", "create", { type: "pulumi:providers:docker" })), undefined);
  });

  it("passes errors on with their resource, and leaves out the ones that only repeat that the update failed", () => {
    const message = "llama is unhealthy: 503\n  last log lines:\n    out of memory\n";
    assert.deepEqual(readEvent(diagnosticLine({ urn, severity: "error", prefix: "error: ", message })), {
      kind: "error",
      urn,
      message: message.trim(),
    });
    assert.deepEqual(readEvent(diagnosticLine({ severity: "error", message: "bad settings" })), {
      kind: "error",
      urn: undefined,
      message: "bad settings",
    });
    assert.equal(readEvent(diagnosticLine({ severity: "error", message: "update failed\n" })), undefined);
    assert.equal(readEvent(diagnosticLine({ severity: "error", message: "update canceled\n" })), undefined);
  });

  it("passes warnings and messages on, and neither debugging nor passing states", () => {
    const warning = diagnosticLine({ severity: "warning", prefix: "warning: ", message: "old kernel\n" });
    assert.deepEqual(readEvent(warning), { kind: "message", message: "warning: old kernel" });
    assert.deepEqual(readEvent(diagnosticLine({ severity: "info", message: "running\n" })), {
      kind: "message",
      message: "running",
    });
    assert.equal(readEvent(diagnosticLine({ severity: "debug", message: "x" })), undefined);
    assert.equal(readEvent(diagnosticLine({ severity: "info", message: "50 %", ephemeral: true })), undefined);
  });

  it("reports the counts of changes", () => {
    const line = JSON.stringify({ summaryEvent: { resourceChanges: { create: 2, same: 4 }, isPreview: false } });
    assert.deepEqual(readEvent(line), { kind: "summary", changes: { create: 2, same: 4 } });
  });

  it("is skipped when it is cut off, or of a kind that is not known", () => {
    assert.equal(readEvent('{"sequence":3,"summaryEv'), undefined);
    assert.equal(readEvent('{"sequence":3,"someNewEvent":{}}'), undefined);
  });
});
