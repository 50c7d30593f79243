import type { Viewer } from '@flotilla/core/ports/authenticator'
import { builder } from '../builder.ts'

const role = builder.enumType('Role', {
  description: 'What the holder of a token may do.',
  values: {
    ADMIN: { description: 'Everything.' },
    OPERATOR: { description: 'Change clusters and volumes.' },
    VIEWER: { description: 'Read.' },
  },
})

const viewer = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who asks: the holder of the token of this request.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the token.' }),
    role: t.expose('role', { type: role, description: 'What it may do.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the token stops being accepted; null for never.',
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({ type: viewer, description: 'Who asks.', resolve: (_root, _args, context) => context.viewer }),
)
