import type { BytesCondition, TextCondition, Where } from '@flotilla/core/ports/page'

/** Prisma's filters differ by model only in their fields; `and`, `or`, `not` are the same for all. */
export interface PrismaWhere {
  [field: string]: unknown
  AND?: PrismaWhere[]
  OR?: PrismaWhere[]
  NOT?: PrismaWhere[]
}

export function toPrismaWhere<Conditions extends object>(
  where: Where<Conditions>,
  conditions: (where: Partial<Conditions>) => PrismaWhere[],
): PrismaWhere {
  const nested = (each: Where<Conditions>) => toPrismaWhere(each, conditions)
  return {
    AND: [...conditions(where), ...(where.and ?? []).map(nested)],
    ...(where.or && { OR: where.or.map(nested) }),
    ...(where.not && { NOT: [nested(where.not)] }),
  }
}

/** `contains` alone does not heed upper and lower case, so it is a condition of its own: Prisma's mode would hold for its neighbours, too. */
export function textIs(field: string, condition: TextCondition | undefined): PrismaWhere {
  if (!condition) return {}
  const { eq, startsWith, contains } = condition
  return {
    AND: [
      { [field]: { equals: eq, startsWith: startsWith && literally(startsWith) } },
      ...(contains === undefined
        ? []
        : [{ [field]: { contains: literally(contains), mode: 'insensitive' } }]),
    ],
  }
}

/** Prisma makes a pattern of it, in which these would stand for any text (github.com/prisma/prisma, issue 19506). */
function literally(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}

export function bytesFilter(condition: BytesCondition | undefined): PrismaWhere | undefined {
  return condition && { gte: condition.gte, lte: condition.lte }
}

export function oneOf(values: readonly string[] | undefined): PrismaWhere | undefined {
  return values && { in: [...values] }
}

/** Whether a condition on the state stands anywhere in it. */
export function namesState(where: Where<{ readonly state: readonly unknown[] }>): boolean {
  const nested = [...(where.and ?? []), ...(where.or ?? []), ...(where.not ? [where.not] : [])]
  return where.state !== undefined || nested.some(namesState)
}
