/** What a connection may be called: lower-case letters, digits and dashes, safe in a URL, a header and a secret's name. */
export const connectionNamePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
