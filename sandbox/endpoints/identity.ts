import type { Endpoint } from "./endpoint.ts";

/** `auth/v1/info`: who the token belongs to, in the shape that passport-odesk's users recorded. */
export const identityEndpoints = [
  {
    method: "GET",
    path: "/api/auth/v1/info",
    permission: "identity",
    shape: "report",
    answer: ({ world, user }) => {
      const worksFor = world.freelancers.get(user.reference);
      const ownsCompany = world.companies.rows.some(({ ownerReference }) => ownerReference === user.reference);
      const portrait = (size: number) =>
        `https://odesk-prod-portraits.s3.amazonaws.com/Users:${user.id}:PortraitUrl_${size}`;
      return {
        payload: {
          info: {
            portrait_32_img: portrait(32),
            portrait_50_img: portrait(50),
            portrait_100_img: portrait(100),
            ref: user.reference,
            has_agency: worksFor?.agencyReference ? "1" : "0",
            company_url: "",
            capacity: { provider: worksFor ? "yes" : "no", buyer: ownsCompany ? "yes" : "no", affiliate_manager: "no" },
            location: { city: user.city, state: "", country: user.country },
            profile_url: `https://www.upwork.com/users/${user.ciphertext}`,
          },
        },
      };
    },
  },
] as const satisfies readonly Endpoint[];
