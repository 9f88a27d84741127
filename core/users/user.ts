/** A person here; their identities on the platforms point to them. */
export interface User {
  id: string;
  displayName: string;
  createdAt: Date;
}
