import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens'
import { topLevelError } from '@flotilla/schema/errors/top-level-error'
import type { GraphQLError, ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'

const MAX_DOCUMENT_LENGTH = 32_768
const MAX_TOKENS = 2_000
const MAX_DEPTH = 14
const MAX_ALIASES = 30
const MAX_DIRECTIVES = 30

/** Refuses documents that cost much before they cost much. The size of pages is weighed by the schema itself. */
export const LIMITS: readonly Plugin[] = [
  { onParse: ({ params }) => refuseLongDocument(String(params.source)) },
  maxTokensPlugin({ n: MAX_TOKENS, onReject: [refuse], propagateOnRejection: false }),
  maxDepthPlugin({
    n: MAX_DEPTH,
    flattenFragments: true,
    onReject: [refuse],
    propagateOnRejection: false,
  }),
  maxAliasesPlugin({ n: MAX_ALIASES, onReject: [refuse], propagateOnRejection: false }),
  maxDirectivesPlugin({ n: MAX_DIRECTIVES, onReject: [refuse], propagateOnRejection: false }),
]

/** The plugins' own errors carry no code and call themselves syntax errors. */
function refuse(validation: ValidationContext | null, error: GraphQLError): void {
  const refusal = topLevelError('QUERY_TOO_COMPLEX', error.message.replace(/^Syntax Error: /, ''))
  if (!validation) throw refusal
  validation.reportError(refusal)
}

function refuseLongDocument(document: string): void {
  if (document.length <= MAX_DOCUMENT_LENGTH) return
  throw topLevelError(
    'QUERY_TOO_COMPLEX',
    `the document has ${document.length} characters; allowed: at most ${MAX_DOCUMENT_LENGTH}`,
  )
}
