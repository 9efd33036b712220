import { CfnOutput, Duration, Fn, Stack, type StackProps } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

export type EdgeProps = {
  /** The API's own URL, where requests go. */
  apiEndpoint: string;
  domainName: string;
  /** A certificate in us-east-1, where CloudFront looks for it. */
  certificateArn: string;
  webAclArn?: string;
};

/** CloudFront before the API: it caches nothing; it is where a web ACL can stand. */
export class Edge extends Construct {
  readonly domainTarget: string;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { apiEndpoint, domainName, certificateArn, webAclArn } = props;
    const distribution = new Distribution(this, "Distribution", {
      comment: `upwork-gateway at ${domainName}`,
      domainNames: [domainName],
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(webAclArn === undefined ? {} : { webAclId: webAclArn }),
      defaultBehavior: {
        origin: new HttpOrigin(Fn.select(2, Fn.split("/", apiEndpoint)), { readTimeout: Duration.seconds(31) }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      },
    });
    this.domainTarget = distribution.distributionDomainName;
  }
}

const managedRules = ["AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"];

/** The web ACL for CloudFront, in a stack of its own because it must be in us-east-1. */
export class WebAclStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { requestsPerFiveMinutes: number }) {
    super(scope, id, { ...props, env: { region: "us-east-1" } });
    const seen = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      sampledRequestsEnabled: false,
    });
    const acl = new CfnWebACL(this, "WebAcl", {
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      visibilityConfig: seen("upwork-gateway"),
      rules: [
        {
          name: "rate-by-address",
          priority: 0,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: props.requestsPerFiveMinutes, aggregateKeyType: "IP" } },
          visibilityConfig: seen("rate-by-address"),
        },
        ...managedRules.map((name, index) => ({
          name,
          priority: index + 1,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: {
              vendorName: "AWS",
              name,
              // Calls with large bodies are what the gateway is for; it has its own limit.
              excludedRules: name === managedRules[0] ? [{ name: "SizeRestrictions_BODY" }] : [],
            },
          },
          visibilityConfig: seen(name),
        })),
      ],
    });
    new CfnOutput(this, "WebAclArn", { value: acl.attrArn, description: 'Give it to the gateway as "webAclArn"' });
  }
}
