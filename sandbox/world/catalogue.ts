/** The categories, and the skills that are asked for in each. Names as Upwork's forms of the REST years had them. */
export const catalogue = {
  "Web, Mobile & Software Dev": {
    "Web Development": ["node.js", "react", "typescript", "php", "aws-lambda", "postgresql"],
    "Mobile Development": ["swift", "kotlin", "flutter"],
    "QA & Testing": ["selenium", "playwright", "test-automation"],
    "Desktop Software Development": ["c#", "c++", "rust"],
  },
  "IT & Networking": {
    "Network & System Administration": ["linux", "docker", "kubernetes"],
    "Information Security": ["penetration-testing", "oauth"],
  },
  "Data Science & Analytics": {
    "Machine Learning": ["python", "pytorch", "nlp"],
    "Data Visualization": ["tableau", "d3.js", "sql"],
  },
  "Design & Creative": {
    "Graphic Design": ["figma", "illustrator", "photoshop"],
    "Video Production": ["after-effects", "premiere"],
  },
  Writing: { Copywriting: ["seo-writing", "english"], "Technical Writing": ["api-documentation", "english"] },
  Translation: { "General Translation": ["norwegian", "portuguese", "german"] },
  "Admin Support": {
    "Data Entry": ["excel", "web-research"],
    "Personal / Virtual Assistant": ["scheduling", "email-handling"],
  },
  "Accounting & Consulting": { Accounting: ["bookkeeping", "xero"], "Management Consulting": ["business-planning"] },
} as const satisfies Record<string, Record<string, readonly string[]>>;

/** A number that stands for a category or group wherever an id is asked for, the same in every world. */
export function idOf(name: string): string {
  let hash = 531_770_282_580n;
  for (const byte of Buffer.from(name)) hash = (hash * 131n + BigInt(byte)) % 1_000_000_000_000n;
  return `531770${hash.toString().padStart(12, "0")}`;
}

/** Every category with its topics, as pairs. */
export const topics: readonly (readonly [category: string, topic: string, skills: readonly string[]])[] =
  Object.entries(catalogue).flatMap(([category, groups]) =>
    Object.entries(groups).map(([topic, skills]) => [category, topic, skills as readonly string[]] as const),
  );

export const regions = [
  "Africa",
  "Americas",
  "Antarctica",
  "Asia",
  "Caribbean",
  "Central America",
  "Eastern Europe",
  "Europe",
  "North America",
  "Oceania",
  "South America",
  "Western Europe",
] as const;

/** Countries people live in, each with its regions. */
export const countries = {
  Norway: ["Europe", "Western Europe"],
  Portugal: ["Europe", "Western Europe"],
  Nigeria: ["Africa"],
  Germany: ["Europe", "Western Europe"],
  Ukraine: ["Europe", "Eastern Europe"],
  Poland: ["Europe", "Eastern Europe"],
  "United States": ["Americas", "North America"],
  Canada: ["Americas", "North America"],
  Brazil: ["Americas", "South America"],
  India: ["Asia"],
  Philippines: ["Asia"],
  Australia: ["Oceania"],
} as const satisfies Record<string, readonly string[]>;

export const tests = [
  ["509", "English Spelling Test (U.S. Version)", "100"],
  ["741", "Node.js Skills Test", "80"],
  ["687", "PHP5 Test", "75"],
  ["1006", "Python Test", "75"],
  ["571", "UX Design Test", "60"],
  ["1044", "Upwork Readiness Test for Independent Contractors", "100"],
] as const;

/** Reasons by type; the numbers of `CloseOpening` are those that the official clients name for deleting a job. */
export const reasons = {
  EmployerEndsNoStartContract: [["101", "The freelancer never started", "API_REAS_CONTRACTOR_NOT_RESPONSIVE"]],
  CloseOpening: [
    ["67", "Accidental opening creation", "API_REAS_ACCIDENTAL"],
    ["51", "All positions filled", "API_REAS_ALL_FILLED"],
    ["49", "Filled by alternate source", "API_REAS_OTHER_SOURCE"],
    ["41", "Project was cancelled", "API_REAS_PROJECT_CANCELLED"],
    ["34", "No freelancer for requested skills", "API_REAS_NO_SKILLS"],
  ],
  RejectCandidate: [["201", "Hired somebody else", "API_REAS_HIRED_DIFFERENT"]],
  RejectInterviewInvite: [["211", "Too busy", "API_REAS_TOO_BUSY"]],
  CancelCandidacy: [["221", "Applied by mistake", "API_REAS_MISTAKE"]],
  EndProviderContract: [["231", "Work completed", "API_REAS_JOB_COMPLETED_SUCCESSFULLY"]],
  EndCustomerContract: [
    ["241", "Job completed successfully", "API_REAS_JOB_COMPLETED_SUCCESSFULLY"],
    ["242", "Hired a different freelancer", "API_REAS_HIRED_DIFFERENT"],
    ["243", "Work no longer needed", "API_REAS_WORK_NOT_NEEDED"],
    ["244", "Freelancer not responsive", "API_REAS_CONTRACTOR_NOT_RESPONSIVE"],
    ["245", "Freelancer misrepresented skills", "API_REAS_MISREPRESENTED_SKILLS"],
    ["246", "Unprofessional conduct", "API_REAS_UNPROFESSIONAL_CONDUCT"],
  ],
  EndAssignment: [["251", "Job completed successfully", "API_REAS_JOB_COMPLETED_SUCCESSFULLY"]],
} as const satisfies Record<string, readonly (readonly [id: string, reason: string, alias: string])[]>;
