/** The kinds of host, and what depends on the kind. */
import { instanceType } from "./ec2/instance-types";
import { ec2Of } from "./ec2/resolve";
import type { Ec2Settings } from "./ec2/types";
import type { Values } from "./schema";

/** Where both services run: on a Docker engine that this machine reaches, or on an EC2 host that the stack creates. */
export type Host = { readonly kind: "local" } | Ec2Settings;

/** The host that the values select. */
export function hostOf(values: Values): Host {
  switch (values.host) {
    case "local":
      return { kind: "local" };
    case "ec2":
      return ec2Of(values);
  }
}

/** Whether the project chooses the host's kernel, and so can rely on it. */
export function choosesKernel(host: Host): boolean {
  switch (host.kind) {
    case "local":
      return false;
    case "ec2":
      return true;
  }
}

/** The number of CPUs of the host. */
export function cpusOf(host: Host, engineCpus: number): number {
  switch (host.kind) {
    case "local":
      return engineCpus;
    case "ec2":
      return instanceType(host.instanceType).vcpus;
  }
}
