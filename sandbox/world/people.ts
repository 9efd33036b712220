import type { Collection } from "./collection.ts";

/** Somebody with a login. Who works for others has a freelancer's profile besides, with the same reference. */
export type User = {
  reference: string;
  /** The long number that GraphQL knows the user by. */
  uid: string;
  /** The login name. */
  id: string;
  firstName: string;
  lastName: string;
  email: string;
  city: string;
  country: string;
  ciphertext: string;
  timezone: string;
  /** Seconds, as a string. */
  timezoneOffset: string;
  isActive: boolean;
};

/** A client, or an agency. Its topmost team has the same reference and id: to Upwork they are the same thing. */
export type Company = {
  reference: string;
  uid: string;
  id: string;
  name: string;
  kind: "client" | "agency";
  ownerReference: string;
  country: string;
  city: string;
  isVerified: boolean;
  feedback: number;
  reviews: number;
  jobsPosted: number;
  hires: number;
  totalCharge: number;
  totalHours: number;
  /** Milliseconds. */
  memberSince: number;
};

export type Team = { reference: string; id: string; name: string; companyReference: string; parentReference: string };

/** What a user may do in a team; a company's owner has the role in its topmost team, and so in all. */
export type Role = {
  reference: string;
  userReference: string;
  teamReference: string;
  companyReference: string;
  role: "owner" | "manager" | "member";
  permissions: readonly RolePermission[];
  engagementReference: string;
};

export type RolePermission =
  | "manage_employment"
  | "manage_recruiting"
  | "manage_teamroom"
  | "manage_finance"
  | "view_reports";

export const allRolePermissions: readonly RolePermission[] = [
  "manage_employment",
  "manage_recruiting",
  "manage_teamroom",
  "manage_finance",
  "view_reports",
];

export type Freelancer = {
  /** Of the user. */
  reference: string;
  ciphertext: string;
  title: string;
  overview: string;
  category: string;
  subcategory: string;
  skills: readonly string[];
  rate: number;
  feedback: number;
  reviews: number;
  hours: number;
  recentHours: number;
  englishSkill: number;
  isUpworkReady: boolean;
  agencyReference: string;
  testsPassed: readonly string[];
  portfolioItems: number;
  /** Milliseconds. */
  memberSince: number;
  lastActivity: number;
};

export type People = {
  users: Collection<User>;
  /** Those who can sign in on the consent page, the first by default. */
  accounts: readonly User[];
  companies: Collection<Company>;
  teams: Collection<Team>;
  roles: Collection<Role>;
  freelancers: Collection<Freelancer>;
};
