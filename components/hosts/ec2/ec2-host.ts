import * as pulumi from "@pulumi/pulumi";

import type { HealthReport } from "../../health/report";
import { expectation } from "../../health/expectation";
import type { PullAccess } from "../../images/registry/registry";
import { apiToken } from "../api-token";
import type { PerService } from "../../services/catalogue";
import type { SecretName } from "../../services/secrets";
import { type Endpoints, loopbackEndpoints } from "../../services/stack-services";
import { accessCommands } from "./monitoring/commands";
import { Alarms } from "./monitoring/alarms";
import { Dashboard } from "./monitoring/dashboard";
import type { Existing } from "./existing";
import { FlowLogs } from "./network/flow-logs";
import { Identity } from "./identity/identity";
import { Instance } from "./machine/instance";
import type { StackKey } from "./identity/key";
import { Logs } from "./monitoring/logs";
import { type Ec2StackSettings, logGroupAddress, lookUpScope, metricNamespace, parameterPrefix } from "./stack";
import { Network } from "./network/network";
import { portsOut } from "./network/ports-out";
import { SecretParameters } from "./identity/secrets";
import { HostParameters } from "./rollout/host-parameters";
import { ChangeDocument } from "./rollout/change-document";
import { LookDocument } from "./rollout/look-document";
import { Rollout } from "./rollout/rollout";
import { desiredState } from "./rollout/build-document";
import { Snapshots } from "./machine/snapshots";
import { DataVolume } from "./machine/data-volume";
import { hostBundle } from "./bundle/bundle";
import { BundleStore } from "./bundle/store";
import type { MachineFacts } from "./user-data/user-data";

/** Arguments of {@link Ec2Host}. */
export interface Ec2HostArgs {
  readonly settings: Ec2StackSettings;
  /** The images to deploy: `repository@sha256:…` each. */
  readonly images: PerService<pulumi.Input<string>>;
  /** What the host needs to pull the images. */
  readonly pull: PullAccess;
  /** The stack's own key. Default: AWS's keys. */
  readonly key?: StackKey | undefined;
  /** What exists already under the names of the host's resources. Default: nothing. */
  readonly existing?: Existing | undefined;
  /** The secrets that are set. Default for the token of cognitod's API: a random one, kept in the state. */
  readonly secrets: Readonly<Partial<Record<SecretName, pulumi.Input<string>>>>;
}

/** Properties of the instance. */
export interface InstanceFacts {
  readonly id: string;
  readonly type: string;
  readonly availabilityZone: string;
  readonly privateIp: string;
  /** Absent in private mode. For outbound traffic only: no port of it is open. */
  readonly publicIp?: string;
  readonly machineImage: string;
}

/** A log group, and its address in the console. */
export interface LogGroupFacts {
  readonly name: string;
  readonly console: string;
}

/**
 * Both services on an EC2 host of their own, with everything that it needs and its monitoring.
 *
 * @public Loaded by `require`, only where it is used, which knip does not follow.
 */
export class Ec2Host extends pulumi.ComponentResource {
  /** Observed on the running services. */
  readonly health: pulumi.Output<HealthReport>;
  /** On the user's machine, while the commands that forward ports run. */
  readonly endpoints: pulumi.Output<Endpoints>;
  /** Commands for a shell on the user's machine. */
  readonly commands: pulumi.Output<Readonly<Record<string, string>>>;
  readonly instance: pulumi.Output<InstanceFacts>;
  /** Hash of the deployed document. */
  readonly release: pulumi.Output<string>;
  readonly logs: pulumi.Output<Record<string, LogGroupFacts>>;
  /** Address of the dashboard. */
  readonly dashboard: pulumi.Output<string>;
  /** Names of the alarms. */
  readonly alarms: pulumi.Output<string[]>;
  /** Secret. */
  readonly apiToken: pulumi.Output<string>;

  constructor(name: string, args: Ec2HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Ec2Host", name, {}, options);
    const { settings } = args;
    const { stack, host } = settings;
    const keyArn = args.key?.arn;
    const scope = lookUpScope(host.region, this);
    this.apiToken = apiToken(name, args.secrets["api-token"], this);
    const secrets = { ...args.secrets, "api-token": this.apiToken };

    const network = new Network(
      `${name}-network`,
      { settings, portsOut: portsOut(settings, args.pull.ports) },
      { parent: this },
    );
    const bundle = new BundleStore(
      `${name}-bundle`,
      { settings, bundle: hostBundle({ stack, ...host }), keyArn },
      { parent: this },
    );
    const identity = new Identity(
      `${name}-identity`,
      {
        settings,
        secrets: Object.keys(secrets) as SecretName[],
        scope,
        keyArn,
        repositoryArns: args.pull.repositoryArns,
        bundleBucketArn: bundle.bucketArn,
      },
      { parent: this },
    );
    const hostParameters = new HostParameters(`${name}-parameters`, { settings }, { parent: this });
    const parameters = new SecretParameters(`${name}-secrets`, { settings, secrets, keyArn }, { parent: this });
    const { availabilityZone, subnetId, securityGroupId } = network;
    const dataVolume = new DataVolume(`${name}-storage`, { settings, availabilityZone, keyArn }, { parent: this });
    const dataVolumeId = dataVolume.volumeId;
    const logs = new Logs(`${name}-logs`, { settings, keyArn, existing: args.existing?.logGroups }, { parent: this });
    const instance = new Instance(
      `${name}-instance`,
      {
        settings,
        keyArn,
        subnetId,
        securityGroupId,
        profileName: identity.profileName,
        dataVolumeId,
        // First boot installs packages and calls AWS. What the host writes is deleted after the host.
        after: [network, identity, hostParameters],
        machine: dataVolumeId.apply((id) => machineFacts(settings, id)),
      },
      { parent: this },
    );
    const { instanceId } = instance;
    const document = pulumi
      .all([bundle.reference, pulumi.output(args.images), parameters.references])
      .apply(([reference, images, references]) =>
        desiredState(settings, reference, images, references, args.pull.login),
      );
    const documents = { settings, existing: args.existing?.documents };
    const look = new LookDocument(`${name}-look`, documents, { parent: this });
    const change = new ChangeDocument(`${name}-change`, documents, { parent: this });
    const rollout = new Rollout(
      `${name}-rollout`,
      {
        region: host.region,
        instanceId,
        prefix: parameterPrefix(stack),
        lookDocument: look.documentName,
        changeDocument: change.documentName,
        document,
        expected: document.apply(({ release }) => expectation(settings, release)),
        requireKernelInstrumentation: true,
        deadlineSeconds: settings.healthTimeoutSeconds,
      },
      // Created once the data volume is attached, and deleted before anything that the host needs to uninstall.
      { parent: this, protect: host.protect, dependsOn: [instance, bundle, parameters, network, identity, logs] },
    );
    const alarms = new Alarms(
      `${name}-alarms`,
      { settings, scope, instanceId, keyArn, firstRelease: rollout },
      { parent: this },
    );
    const dashboard = new Dashboard(
      `${name}-dashboard`,
      { settings, instanceId, dataVolumeId, alarmArns: alarms.arns },
      { parent: this },
    );
    // A VPC of the stack's own is logged as a whole, any other only at the host's interface.
    const watched = host.network.kind === "own" ? { vpcId: network.vpcId } : { eniId: instance.interfaceId };
    const flowLogs = host.flowLogs
      ? new FlowLogs(
          `${name}-flow-logs`,
          { settings, scope, keyArn, watched, existing: args.existing?.logGroups },
          { parent: this },
        )
      : undefined;
    if (host.snapshotDays > 0) new Snapshots(`${name}-snapshots`, { settings, scope, keyArn }, { parent: this });

    this.health = rollout.report;
    this.release = rollout.release;
    this.endpoints = pulumi.output(loopbackEndpoints(settings));
    this.commands = instanceId.apply((id) => accessCommands(settings, id));
    this.instance = instanceFacts(settings, instance);
    this.logs = pulumi.all([logs.groups, flowLogs?.group]).apply(([own, flow]) => logFacts(host.region, own, flow));
    this.dashboard = dashboard.url;
    this.alarms = alarms.names;
    this.registerOutputs({
      health: this.health,
      endpoints: this.endpoints,
      commands: this.commands,
      instance: this.instance,
      release: this.release,
      logs: this.logs,
      dashboard: this.dashboard,
      alarms: this.alarms,
      apiToken: this.apiToken,
    });
  }
}

function machineFacts({ stack, host }: Ec2StackSettings, dataVolume: string): MachineFacts {
  return {
    stack,
    region: host.region,
    prefix: parameterPrefix(stack),
    namespace: metricNamespace,
    dataVolume,
    proxy: host.proxy,
  };
}

function instanceFacts({ host }: Ec2StackSettings, instance: Instance): pulumi.Output<InstanceFacts> {
  const { instanceId: id, availabilityZone, privateIp, publicIp, machineImage } = instance;
  return pulumi.output({
    id,
    type: host.instanceType,
    availabilityZone,
    privateIp,
    machineImage,
    ...(host.network.private ? {} : { publicIp }),
  });
}

function logFacts(
  region: string,
  groups: Readonly<Record<string, string>>,
  flow: string | undefined,
): Record<string, LogGroupFacts> {
  const all = Object.entries({ ...groups, ...(flow === undefined ? {} : { flow }) });
  return Object.fromEntries(all.map(([part, name]) => [part, { name, console: logGroupAddress(region, name) }]));
}
