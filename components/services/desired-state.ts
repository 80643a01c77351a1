/**
 * What an EC2 host is told to run: one document, rendered from the same specifications as every other host's, stored as a
 * parameter and applied by host/linnix-release, which knows no service by name.
 */

/** A question asked inside a container; see `Probe` in service.ts. */
export type ProbeCommand = readonly string[];

/** A secret by reference: the host may read this one parameter, in this one version. */
export interface SecretReference {
  /** Name of a SecureString in the parameter store. */
  readonly parameter: string;
  /** The parameter's version: a rotated secret is a new release. */
  readonly version: number;
}

/**
 * A file with secrets in it. The host writes it to `/run/linnix/secrets/<name of the step>/<name>`, mode 0400, before the
 * container starts; `run` and `unit` mount it. For programs that take a secret by no other way.
 */
export interface SecretFile {
  /** Its name, without a folder. */
  readonly name: string;
  /** `uid:gid`, by number. */
  readonly owner: string;
  /** Its text in pieces, joined as they are: literal ones, and names of secrets in {@link DesiredState.secrets}. */
  readonly parts: readonly (string | { readonly secret: string })[];
}

interface Common {
  /** Name of the container, and of its systemd unit (with `.service`): `linnix-dev-cognitod`. */
  readonly name: string;
  /** `repository@sha256:…`. */
  readonly image: string;
  /**
   * Environment variable → name of a secret in {@link DesiredState.secrets}. The host writes them to
   * `/run/linnix/secrets/<name>.env`, which `run` and `unit` name where there are any.
   */
  readonly secrets: Readonly<Record<string, string>>;
  /** Absent where there are none. */
  readonly files?: readonly SecretFile[];
}

/** A container that runs to its end before what follows starts. */
export interface OnceStep extends Common {
  readonly kind: "once";
  /** Arguments of `docker run` (the image among them), without name, restart policy and detachment, which the host adds. */
  readonly run: readonly string[];
  /** How long it may run, in seconds. */
  readonly timeoutSeconds: number;
  /** Whether an exit status other than 0 fails the release. */
  readonly mustSucceed: boolean;
  /** Whether a look at the host runs it again when a service is not ready. Its output is part of what is seen. */
  readonly observed: boolean;
}

/** A container that stays. */
export interface ServiceStep extends Common {
  readonly kind: "service";
  /** The whole text of its systemd unit, written as it is to `/etc/systemd/system/<name>.service`. */
  readonly unit: string;
  /** How it is asked, inside its container. `ready` decides; `live` only proves that the process lives. */
  readonly probes: { readonly ready: ProbeCommand; readonly live?: ProbeCommand };
}

/** One container of the release. */
export type Step = OnceStep | ServiceStep;

/** A folder that the containers mount. */
export interface Folder {
  readonly path: string;
  /** `uid:gid`, by number. */
  readonly owner: string;
  /** Octal, `0750`. */
  readonly mode: string;
}

/** A registry that wants a user and a password; ECR is recognised by its name and asked through its credential helper. */
export interface RegistryLogin {
  readonly address: string;
  readonly user: string;
  /** Name of a secret in {@link DesiredState.secrets}. */
  readonly secret: string;
}

/** The whole document. `release` is the hash of all the rest. */
export interface DesiredState {
  readonly schema: 1;
  readonly release: string;
  readonly stack: string;
  /** How long the services have to become ready, in seconds. */
  readonly deadlineSeconds: number;
  readonly login?: RegistryLogin;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  /** Bridge networks to make. */
  readonly networks: readonly string[];
  readonly folders: readonly Folder[];
  /** In the order in which they start. */
  readonly steps: readonly Step[];
}
