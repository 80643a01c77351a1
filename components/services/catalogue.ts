/** The services of this project, in the order in which they start: the one list that everything else derives from. */

/** What is known of a service whatever its settings are. */
interface CatalogueEntry {
  /**
   * User and group of the container: by number, as a host has no such account until its first boot makes one. The
   * Dockerfile repeats it.
   */
  readonly uid: number;
  /** Names of the ports on loopback that it listens on. `linnix:<name>Port` sets each, `Settings.ports` holds them. */
  readonly ports: readonly string[];
  /** Containers of the same image that run once before it. */
  readonly jobs: readonly string[];
  /** Engine volumes that keep its data; they outlive the stack. */
  readonly volumes: readonly string[];
  /** A stack may do without it. */
  readonly optional: boolean;
}

/**
 * The catalogue. Each service has an image, a container and a log group of its name. `health/report.ts` decides on its
 * health, `images/build-spec.ts` builds it, `stack-services.ts` describes its containers: the compiler asks for all
 * three.
 */
export const services = {
  cognitod: {
    uid: 65531,
    ports: ["api", "health"],
    jobs: ["preflight", "config", "owner"],
    volumes: ["data", "log"],
    optional: false,
  },
  llama: { uid: 65532, ports: ["llama"], jobs: ["model"], volumes: ["models"], optional: true },
} as const satisfies Record<string, CatalogueEntry>;

/** A service's name. */
export type ServiceName = keyof typeof services;

/** The name of a service that a stack may do without. */
export type OptionalService = {
  [Name in ServiceName]: (typeof services)[Name]["optional"] extends true ? Name : never;
}[ServiceName];

/** A value for each service that a stack runs. */
export type PerService<T> = Readonly<Record<Exclude<ServiceName, OptionalService>, T>> &
  Readonly<Partial<Record<OptionalService, T>>>;

type Entry = (typeof services)[ServiceName];

/** A port's name, of whichever service. */
export type PortName = Entry["ports"][number];

/** A container that runs once. */
export type JobName = Entry["jobs"][number];

/** An engine volume, without the stack's prefix. */
export type VolumeName = Entry["volumes"][number];

/** A setting that holds a port. */
export type PortSetting = `${PortName}Port`;

/** The bridge network of a stack, without the stack's prefix. */
export const networkName = "net";

/** Everything that a stack may have on an engine, without the stack's prefix. */
export type EnginePart = ServiceName | JobName | VolumeName | typeof networkName;

/** In the order in which they start. A plain array: dynamic providers capture it by value. */
export const serviceNames = Object.keys(services) as readonly ServiceName[];

/** Ports in the order of their services. */
export const servicePorts: readonly { readonly service: ServiceName; readonly port: PortName }[] = serviceNames.flatMap(
  (service) => services[service].ports.map((port) => ({ service, port })),
);

/** All of {@link EnginePart}, for finding what a stack left on an engine. */
export const engineParts: readonly EnginePart[] = [
  ...serviceNames.flatMap((service) => [service, ...services[service].jobs, ...services[service].volumes]),
  networkName,
];

/** The setting that holds a port. */
export const portSetting = (port: PortName): PortSetting => `${port}Port`;

/** A service's user as engines take it, `uid:gid`; both have the same number. */
export function userOf(service: ServiceName): string {
  const { uid } = services[service];
  return `${uid}:${uid}`;
}

/**
 * A value for each of a stack's services.
 *
 * @param names `Settings.services`, or all of {@link serviceNames}.
 */
export function byService<T>(names: readonly ServiceName[], value: (service: ServiceName) => T): PerService<T> {
  return Object.fromEntries(names.map((service) => [service, value(service)])) as unknown as PerService<T>;
}

/** Maps the value of each service that has one. Dynamic providers capture this function. */
export function mapServices<T, U>(values: PerService<T>, map: (value: T, service: ServiceName) => U): PerService<U> {
  const mapped = serviceNames.flatMap((service) => {
    const value = values[service];
    return value === undefined ? [] : [[service, map(value, service)] as const];
  });
  return Object.fromEntries(mapped) as unknown as PerService<U>;
}
