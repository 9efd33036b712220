/** All that a command touches outside itself, so that a test can stand in for it. */
export type Surroundings = {
  env: Record<string, string | undefined>;
  /** Folder for what `.local` and relative file names mean. */
  cwd: string;
  home: string;
  /** Writes to standard output: the answer. */
  out(text: string | Uint8Array): void;
  /** Writes to standard error: advice, progress, errors. */
  err(text: string): void;
  /** Whether standard output is a terminal that a person looks at. */
  isTerminal: boolean;
  columns: number;
  now(): number;
  fetch: typeof fetch;
  /** Standard input, to its end. */
  input(): AsyncIterable<Uint8Array>;
  /** Asks for a secret without showing it; rejects where nobody can be asked. */
  askSecret(question: string): Promise<string>;
  /** Opens an address in the person's browser. */
  openBrowser(url: string): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  /** The value of a secret in AWS, with the person's own credentials. */
  readSecret(name: string): Promise<string | undefined>;
  writeSecret(name: string, value: string): Promise<void>;
};
