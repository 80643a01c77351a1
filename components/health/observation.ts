/** What is observed of a host of either kind. Types only. */
import type { PerService } from "../services/catalogue";

/** One check of the preflight, as `linnix-preflight` prints it. */
export interface PreflightCheck {
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string | null;
}

/** The preflight's one line of JSON. */
export interface PreflightResult {
  readonly ok: boolean;
  readonly kernel: { readonly release: string };
  readonly missing: readonly string[];
  readonly checks: Readonly<Record<string, PreflightCheck>>;
}

/** A probe's answer: the HTTP status, 0 when there was none, and the body. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a container uses. It changes each second: people see it, and no report has any of it. */
export interface Usage {
  /** When the container started, ISO 8601. */
  readonly started: string;
  /** Of one processor, as the engine prints it: `12.3%`. */
  readonly cpu: string;
  /** In use, of its limit, as the engine prints it: `45.1MiB / 512MiB`. */
  readonly memory: string;
}

/** One observed service. */
export interface ServiceObservation {
  /** The container's state in a word or a sentence: `running`, `exited (137), out of memory`, `missing`. */
  readonly state: string;
  readonly running: boolean;
  /** The image that it runs, if that is not the deployed one; absent otherwise, or if the host does not compare them. */
  readonly otherImage?: string;
  /** How often the engine has restarted it. */
  readonly restarts: number;
  /** The answer of the probe that decides on health; absent if the probe could not run. */
  readonly ready?: Answer;
  /** The answer that proves only that the process lives. */
  readonly live?: Answer;
  /** The answer with the number of active alert rules. */
  readonly rules?: Answer;
  /** Its last log lines. */
  readonly log: readonly string[];
  /** Absent if it was not measured. */
  readonly usage?: Usage;
}

/** Everything observed of a host at one moment. */
export interface Observation extends PerService<ServiceObservation> {
  /** Why nothing could be observed: the engine doesn't answer, for example. Absent otherwise. */
  readonly unreachable?: string;
  readonly preflight?: PreflightResult;
  /** The release that the host reports; absent if only this program's state knows it. */
  readonly release?: string;
  /** The kernel's release, if it is known without the preflight. */
  readonly kernel?: string;
  /** Other problems that the host reports, a sentence each. */
  readonly problems?: readonly string[];
  /** The images' sizes in bytes, by name, if the host reports them. */
  readonly imageBytes?: Readonly<Record<string, number>>;
}
