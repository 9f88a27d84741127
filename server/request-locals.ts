declare global {
  namespace Express {
    /** What this server keeps beside a request while it is being answered. */
    interface Locals {
      requestId: string;
      /** The route's pattern, for logs and metrics: never the path itself, which carries ids and search words. */
      route?: string;
    }
  }
}

export {};
