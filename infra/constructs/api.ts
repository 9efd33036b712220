import { HttpApi, HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { type FunctionName, routes } from "../../functions/platform/names.ts";

/** The HTTP API. CORS stays closed: client keys belong on servers, not in browsers. */
export class Api extends Construct {
  readonly httpApi: HttpApi;

  constructor(scope: Construct, id: string, props: { description: string }) {
    super(scope, id);
    this.httpApi = new HttpApi(this, "HttpApi", { description: props.description });
  }

  /** Adds every route of the table that the local runtime serves as well. */
  addRoutes(functions: Record<FunctionName, IFunction>): void {
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    for (const { method, path, functionName } of routes) {
      const integration =
        integrations.get(functionName) ??
        new HttpLambdaIntegration(`${functionName}-integration`, functions[functionName]);
      integrations.set(functionName, integration);
      this.httpApi.addRoutes({ path, methods: [HttpMethod[method]], integration });
    }
  }
}
