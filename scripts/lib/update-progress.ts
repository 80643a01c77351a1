import { age } from "./activities";
import type { UpdateEvent } from "./events";
import type { Step } from "./progress";
import type { Changes } from "./pulumi";
import { parseUrn, words } from "./resource-words";

/** A resource that an operation failed at. */
export interface FailedResource {
  /** Its name in the program. */
  readonly name: string;
  /** Its name for people: "image cognitod". */
  readonly subject: string;
  readonly messages: readonly string[];
}

/** What the events of one operation come to, and the display of what is in progress. */
export class UpdateProgress {
  /** How many resources were changed; undefined until the CLI reports it. */
  changes: Changes | undefined;

  private readonly inProgress = new Map<string, { end: (result?: string) => void; started: number; done?: string }>();
  private readonly errors: { urn: string | undefined; message: string }[] = [];
  private readonly failedUrns = new Set<string>();

  constructor(private readonly step: Step) {}

  /** Takes account of an event. */
  handle(event: UpdateEvent): void {
    switch (event.kind) {
      case "begin": {
        this.end(event.urn);
        // A refresh reads what exists: people only want to hear about it while it takes long.
        const brief = event.operation === "refresh";
        const { doing, done } = words(event.operation, event.urn);
        const entry = { end: this.step.begin(doing, brief), started: Date.now() };
        this.inProgress.set(event.urn, brief ? entry : { ...entry, done });
        break;
      }
      case "end": {
        const entry = this.inProgress.get(event.urn);
        if (entry?.done !== undefined) this.end(event.urn, `${entry.done}${age(Date.now() - entry.started)}`);
        else this.end(event.urn);
        break;
      }
      case "failed": {
        const { started = Date.now() } = this.inProgress.get(event.urn) ?? {};
        this.end(event.urn, `FAILED: ${words("", event.urn).subject}${age(Date.now() - started)}`);
        this.failedUrns.add(event.urn);
        break;
      }
      case "error":
        this.errors.push(event);
        break;
      case "message":
        this.step.note(event.message);
        break;
      case "summary":
        this.changes = Object.fromEntries(Object.entries(event.changes).filter(([, count]) => count > 0));
    }
  }

  /** The resources that failed, with their errors. */
  failedResources(): FailedResource[] {
    const withErrors = this.errors.flatMap(({ urn }) => urn ?? []);
    return [...new Set([...withErrors, ...this.failedUrns])].map((urn) => ({
      name: parseUrn(urn).name,
      subject: words("", urn).subject,
      messages: this.errors.filter((error) => error.urn === urn).map(({ message }) => message),
    }));
  }

  /** Errors of the program or of the engine, which belong to no resource. */
  otherErrors(): string[] {
    return this.errors.filter(({ urn }) => urn === undefined).map(({ message }) => message);
  }

  /** Ends everything that is still displayed. */
  close(): void {
    for (const urn of [...this.inProgress.keys()]) this.end(urn);
  }

  private end(urn: string, result?: string): void {
    this.inProgress.get(urn)?.end(result);
    this.inProgress.delete(urn);
  }
}
