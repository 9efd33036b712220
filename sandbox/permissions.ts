/**
 * What a key may do, in the words of Upwork's form for a new key (as compiled from the foauth.org provider file and the
 * READMEs of the official clients). Every endpoint names the one it needs.
 */
export const permissions = {
  identity: "Access your basic info",
  contractsClose: "Close your contracts",
  jobsWrite: "Create, modify and remove job posts",
  offersWrite: "Make a job offer",
  payments: "Make one-time payments to your contractors",
  contractsRead: "View your contracts",
  paymentHistory: "Access your payment history",
  jobsRead: "View your job posts",
  offersRead: "View your job offers",
  messagesWrite: "Send and organise your messages",
  messagesRead: "Access your messages",
  organisation: "View the structure of your companies and teams",
  tasksRead: "View task codes",
  tasksWrite: "Modify task codes",
  reports: "Generate time and financial reports for your companies and teams",
  diaryRead: "View your workdiary",
  diaryWrite: "Modify your workdiary",
  publicData: "Read and search profiles of contractors and jobs, and public metadata",
} as const satisfies Record<string, string>;

export type PermissionName = keyof typeof permissions;
