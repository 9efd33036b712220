import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Key } from "aws-cdk-lib/aws-kms";
import { type CfnSecret, Secret, type SecretProps } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { secretNames, tables } from "../../functions/platform/names.ts";

export type StorageProps = {
  /** Whether tables and secrets go with the stack. */
  isDisposable: boolean;
  secretPrefix: string;
  /** Whether a key of the account's own encrypts them, not one of AWS's. */
  customerKey: boolean;
};

/** Tables and secrets. Outside `dev` they survive the stack and cannot be deleted by accident. */
export class Storage extends Construct {
  readonly budget: Table;
  readonly state: Table;
  readonly applications: Readonly<Record<"oauth1" | "oauth2", Secret>>;
  readonly adminKey: Secret;
  readonly key: Key | undefined;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    const { isDisposable, secretPrefix, customerKey } = props;
    const removalPolicy = isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    this.key = customerKey
      ? new Key(this, "Key", {
          description: `Encrypts the tables and secrets of ${secretPrefix}`,
          enableKeyRotation: true,
          removalPolicy,
        })
      : undefined;
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: !isDisposable,
      removalPolicy,
      ...(this.key === undefined ? {} : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: this.key }),
    };
    this.budget = new Table(this, "Budget", {
      ...common,
      partitionKey: { name: tables.budget.partitionKey, type: AttributeType.STRING },
    });
    const { dueIndex } = tables.state;
    this.state = new Table(this, "State", {
      ...common,
      partitionKey: { name: tables.state.partitionKey, type: AttributeType.STRING },
      sortKey: { name: tables.state.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: tables.state.ttlAttribute,
    });
    this.state.addGlobalSecondaryIndex({
      indexName: dueIndex.name,
      partitionKey: { name: dueIndex.partitionKey, type: AttributeType.STRING },
      sortKey: { name: dueIndex.sortKey, type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    const secret = { removalPolicy, ...(this.key === undefined ? {} : { encryptionKey: this.key }) };
    this.applications = {
      oauth1: this.emptySecret("Application", {
        ...secret,
        secretName: secretNames.oauth1Application(secretPrefix),
        description: "OAuth 1.0a key of Upwork's API Center; npm run gateway -- configure fills it in",
      }),
      oauth2: this.emptySecret("Oauth2Application", {
        ...secret,
        secretName: secretNames.oauth2Application(secretPrefix),
        description: "OAuth 2.0 key of Upwork's API Center; npm run gateway -- configure fills it in",
      }),
    };
    this.adminKey = new Secret(this, "AdminKey", {
      ...secret,
      secretName: secretNames.adminKey(secretPrefix),
      description: "Opens the console and the admin's door",
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "current",
        passwordLength: 64,
        excludePunctuation: true,
      },
    });
  }

  /** A secret without a value: none is in the template, so no later deployment can put it back over the real one. */
  private emptySecret(id: string, props: SecretProps): Secret {
    const secret = new Secret(this, id, props);
    (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
    return secret;
  }
}
