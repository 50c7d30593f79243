import type { Role } from '@flotilla/core/ports/authenticator'
import { MAX_PAGE_SIZE } from '@flotilla/core/ports/page'
import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type { SchemaContext } from './context.ts'
import './errors/storable-text-plugin.ts'
import { topLevelError } from './errors/top-level-error.ts'
import { parseNodeId } from './identity/parse-node-id.ts'
import { hasRole } from './identity/role.ts'
import { RELAY_DESCRIPTIONS } from './paging/relay-descriptions.ts'

interface SchemaTypes {
  Context: SchemaContext
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  AuthScopes: { role: Role }
  Connection: { totalCount: number }
  Scalars: {
    ID: { Input: string; Output: string }
    Bytes: { Input: bigint; Output: bigint }
    Decimal: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
  }
}

/** Work that one operation may ask for, in fields: a page counts as many times as it is long. */
const COMPLEXITY_LIMIT = 25_000

export const builder = new SchemaBuilder<SchemaTypes>({
  // Order matters: roles are checked before any error is turned into a member of a result.
  plugins: [ScopeAuthPlugin, ErrorsPlugin, 'storableText', RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: (context) => ({ role: (needed) => hasRole(context.viewer.role, needed) }),
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, context, info) =>
      topLevelError(
        'FORBIDDEN',
        `the token "${context.viewer.name}" has the role ${context.viewer.role}, which may not use ${info.parentType.name}.${info.fieldName}`,
      ),
  },
  errors: { directResult: true },
  relay: {
    ...RELAY_DESCRIPTIONS,
    nodesQueryOptions: {
      ...RELAY_DESCRIPTIONS.nodesQueryOptions,
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        refuseManyIds(ids.length)
        return resolveNodes(ids)
      },
    },
    // Our ids are readable and carry their type, so they travel as they are.
    encodeGlobalID: (_typename, id) => String(id),
    decodeGlobalID: parseNodeId,
    cursorType: 'String',
  },
  complexity: {
    limit: { complexity: COMPLEXITY_LIMIT },
    complexityError: (_kind, { complexity }) =>
      topLevelError(
        'QUERY_TOO_COMPLEX',
        `the query asks for up to ${complexity} fields; ask for smaller pages or fewer fields`,
        { allowed: `at most ${COMPLEXITY_LIMIT} fields, where a page counts as many times as it is long` },
      ),
  },
})

function refuseManyIds(count: number): void {
  if (count <= MAX_PAGE_SIZE) return
  const allowed = `at most ${MAX_PAGE_SIZE}`
  throw topLevelError('BAD_INPUT', `ids: ${count} ids at once; allowed: ${allowed}`, { path: 'ids', allowed })
}

// Deny by default: whatever is added to a root type needs at least the role of that type.
builder.queryType({ description: 'Reads. Needs the role VIEWER.', authScopes: { role: 'VIEWER' } })
builder.mutationType({
  description:
    'Changes. Needs the role OPERATOR. Each answers after the intent is stored, before any cluster is asked; the operation it returns tells how the work goes on.',
  authScopes: { role: 'OPERATOR' },
})
builder.subscriptionType({
  description: 'Changes as they happen. Needs the role VIEWER.',
  authScopes: { role: 'VIEWER' },
})
