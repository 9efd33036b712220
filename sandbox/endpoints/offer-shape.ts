import type { Offer } from "../world/hiring.ts";
import type { Call } from "./endpoint.ts";
import { flag, money, stamp } from "./shapes.ts";

/** The names of both generations: those that users of offers/v1 read (`rid`, `terms_data`), and those of hr/v2. */
export function offerShape(call: Call, offer: Offer) {
  const { world } = call;
  const job = world.jobs.get(offer.jobReference);
  const team = world.teams.get(offer.teamReference);
  const company = world.companies.get(offer.companyReference);
  const agency = world.companies.get(offer.agencyReference);
  const freelancer = world.users.get(offer.freelancerReference);
  const creator = world.users.get(offer.createdBy);
  const isHourly = offer.jobType === "hourly";
  const isProvider = offer.freelancerReference === call.user.reference;
  return {
    rid: offer.reference,
    reference: offer.reference,
    key: offer.key,
    title: offer.title,
    last_event_state: offer.status,
    job_posting_ref: job?.key ?? "",
    terms_data: {
      start_date: stamp(offer.createdAt),
      job_type: offer.jobType,
      charge_rate: money(offer.chargeRate),
      weekly_limit: isHourly ? String(offer.weeklyLimit) : "",
      weekly_stipend: money(offer.weeklyStipend),
    },
    status: offer.status,
    my_role: isProvider ? "provider" : "buyer",
    interview_status: "in_process",
    candidacy_status: "active",
    created_type: "buyer",
    created_by: creator?.id ?? "",
    created_time: stamp(offer.createdAt),
    modified_time: stamp(offer.createdAt),
    expiration_date: "",
    engagement_title: offer.title,
    engagement_job_type: offer.jobType,
    engagement_start_date: stamp(offer.createdAt),
    engagement_end_date: "",
    engagement__reference: offer.contractReference,
    hourly_charge_rate: isHourly ? money(offer.chargeRate) : "",
    hourly_pay_rate: isHourly ? money(offer.chargeRate * 0.9) : "",
    weekly_hours_limit: isHourly ? String(offer.weeklyLimit) : "",
    fixed_charge_amount_agreed: isHourly ? "" : money(offer.chargeRate),
    fixed_pay_amount_agreed: isHourly ? "" : money(offer.chargeRate * 0.9),
    fixed_price_upfront_payment: "0",
    has_buyer_signed: "1",
    signed_by_buyer_user: creator?.id ?? "",
    signed_time_buyer: stamp(offer.createdAt),
    has_provider_signed: flag(offer.status === "accepted"),
    signed_by_provider_user: offer.status === "accepted" ? (freelancer?.id ?? "") : "",
    signed_time_provider: "",
    message_from_buyer: offer.message,
    message_from_provider: "",
    description: "",
    job__reference: offer.jobReference,
    job__title: job?.title ?? "",
    job__description: job?.description ?? "",
    buyer_company__reference: offer.companyReference,
    buyer_company__name: company?.name ?? "",
    buyer_team__id: team?.id ?? "",
    buyer_team__reference: offer.teamReference,
    buyer_team__name: team?.name ?? "",
    provider__id: freelancer?.id ?? "",
    provider__reference: offer.freelancerReference,
    provider__name: `${freelancer?.firstName} ${freelancer?.lastName}`,
    provider__profile_url: `https://www.upwork.com/users/${freelancer?.ciphertext}`,
    provider_team__id: agency?.id ?? "",
    provider_team__reference: offer.agencyReference,
    provider_team__name: agency?.name ?? "",
  };
}
