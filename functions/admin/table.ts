import { budgetRoutes } from "../budget/budget-routes.ts";
import { shareRoutes } from "../budget/share-routes.ts";
import { callRoutes } from "../clients/call-routes.ts";
import { clientRoutes } from "../clients/client-routes.ts";
import { keyRoutes } from "../clients/key-routes.ts";
import { oauth1Routes } from "../clients/oauth1-routes.ts";
import { connectionRoutes } from "../oauth/connection-routes.ts";
import type { AdminRoute } from "../platform/admin-route.ts";
import { hookRoutes } from "../watches/hook-routes.ts";
import { watchRoutes } from "../watches/watch-routes.ts";
import { watchRunRoutes } from "../watches/watch-run-routes.ts";
import { deliveryRoutes } from "../webhooks/delivery-routes.ts";
import { webhookRoutes } from "../webhooks/webhook-routes.ts";
import { gatewayRoutes } from "./gateway-routes.ts";

/** Every route of the admin API. Each room has its own rows; see `platform/admin-route.ts` for how to add some. */
export const adminRoutes = [
  ...gatewayRoutes,
  ...clientRoutes,
  ...keyRoutes,
  ...oauth1Routes,
  ...connectionRoutes,
  ...budgetRoutes,
  ...shareRoutes,
  ...callRoutes,
  ...watchRoutes,
  ...watchRunRoutes,
  ...hookRoutes,
  ...webhookRoutes,
  ...deliveryRoutes,
] as const;

type Taker<Row> = Row extends AdminRoute<infer Services> ? (services: Services) => void : never;

/** What all rows together need of a deployment. */
export type AdminServices = Taker<(typeof adminRoutes)[number]> extends (services: infer All) => void ? All : never;
