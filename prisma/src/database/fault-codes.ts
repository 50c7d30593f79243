/** As Prisma throws it; pg's and Node's have a code alone. */
interface Fault extends Error {
  readonly code?: unknown
  readonly meta?: {
    readonly driverAdapterError?: { readonly cause?: { readonly originalCode?: unknown } }
  }
}

/**
 * How a fault is numbered: by who threw it, and by PostgreSQL where Prisma has put a number of its own on top. Whatever a raw statement
 * ends with is a P2010 to Prisma, and what it has no number for a P2039.
 */
export function faultCodesOf({ code, meta }: Fault): readonly string[] {
  return [code, meta?.driverAdapterError?.cause?.originalCode].filter((each) => typeof each === 'string')
}
