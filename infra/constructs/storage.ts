import { RemovalPolicy, SecretValue } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { secretNames, tables } from "../../functions/platform/names.ts";

/** Tables and secrets. Outside `dev` they survive the stack and cannot be deleted by accident. */
export class Storage extends Construct {
  readonly budget: Table;
  readonly state: Table;
  readonly applications: Readonly<Record<"oauth1" | "oauth2", Secret>>;
  readonly adminKey: Secret;

  constructor(scope: Construct, id: string, props: { isDisposable: boolean; secretPrefix: string }) {
    super(scope, id);
    const { isDisposable, secretPrefix } = props;
    const removalPolicy = isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: !isDisposable,
      removalPolicy,
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
    this.applications = {
      oauth1: new Secret(this, "Application", {
        secretName: secretNames.oauth1Application(secretPrefix),
        description: "Upwork application: fill in consumerKey and consumerSecret as the API Center shows them",
        // Only a form to fill in; the real values never pass through the template.
        secretStringValue: SecretValue.unsafePlainText('{"consumerKey":"","consumerSecret":""}'),
        removalPolicy,
      }),
      oauth2: new Secret(this, "Oauth2Application", {
        secretName: secretNames.oauth2Application(secretPrefix),
        description: "Upwork OAuth 2.0 application: fill in clientId and clientSecret as the API Center shows them",
        secretStringValue: SecretValue.unsafePlainText('{"clientId":"","clientSecret":""}'),
        removalPolicy,
      }),
    };
    this.adminKey = new Secret(this, "AdminKey", {
      secretName: secretNames.adminKey(secretPrefix),
      description: "Opens the console and the admin's door",
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "current",
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy,
    });
  }
}
