/** Who an access token belongs to. */
export type Account = {
  /** Upwork's numeric id of the user, the same in both generations of the API; empty where Upwork did not say. */
  reference: string;
  name: string;
  profileUrl: string;
};

/** An organisation that calls can be made for: a freelancer's own, an agency's, a client's. */
export type Tenant = { id: string; name: string };
