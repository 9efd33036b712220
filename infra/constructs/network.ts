import {
  AmazonLinuxCpuType,
  CfnEIP,
  CfnEIPAssociation,
  GatewayVpcEndpointAwsService,
  InstanceClass,
  InstanceSize,
  InstanceType,
  type IVpc,
  MachineImage,
  NatProvider,
  NatTrafficDirection,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";

/**
 * A network whose calls to the outside all come from one address, because Upwork counts calls by address and Lambda's
 * own wander. Either a NAT gateway, which AWS keeps alive, or one small instance, which costs a fifth and may be away.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly securityGroup: SecurityGroup;
  /** The one address that calls come from. */
  readonly address: string;

  constructor(scope: Construct, id: string, props: { egress: "nat-gateway" | "nat-instance" }) {
    super(scope, id);
    const address = new CfnEIP(this, "Address", { domain: "vpc" });
    this.address = address.attrPublicIp;
    const instance = props.egress === "nat-instance" ? natInstance() : undefined;
    const vpc = new Vpc(this, "Vpc", {
      maxAzs: 2,
      natGateways: 1,
      natGatewayProvider: instance ?? NatProvider.gateway({ eipAllocationIds: [address.attrAllocationId] }),
      subnetConfiguration: [
        { name: "public", subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: "functions", subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
      ],
      // Tables are reached without the NAT and without its price for each gigabyte.
      gatewayEndpoints: { dynamodb: { service: GatewayVpcEndpointAwsService.DYNAMODB } },
    }) as IVpc;
    this.vpc = vpc;
    for (const { instanceId } of instance?.gatewayInstances ?? []) {
      new CfnEIPAssociation(this, "AddressAssociation", { allocationId: address.attrAllocationId, instanceId });
    }
    instance?.connections.allowFrom(Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(443), "HTTPS from the functions");
    this.securityGroup = new SecurityGroup(this, "Functions", {
      vpc,
      description: "Functions: HTTPS to the outside, nothing from it",
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "HTTPS");
  }
}

function natInstance() {
  const userData = UserData.forLinux();
  userData.addCommands(
    // Its address may change while it starts, so one failed download must not be the end.
    "until dnf install --assumeyes iptables-services; do sleep 5; done",
    "systemctl enable --now iptables",
    "sysctl --write net.ipv4.ip_forward=1 | tee /etc/sysctl.d/90-nat.conf",
    "iptables --table nat --append POSTROUTING --out-interface $(ip route show default | awk '{print $5}') --jump MASQUERADE",
    "iptables --flush FORWARD",
    "service iptables save",
  );
  return NatProvider.instanceV2({
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.NANO),
    machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
    defaultAllowedTraffic: NatTrafficDirection.OUTBOUND_ONLY,
    associatePublicIpAddress: true,
    userData,
  });
}
