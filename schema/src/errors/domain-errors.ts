import {
  type DomainError,
  HasDependentsError,
  HostAttachedError,
  IdempotencyConflictError,
  type InputIssue,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NoFeasibleClusterError,
  NotFoundError,
  OverloadedError,
  RevisionConflictError,
  TooManyItemsError,
  VolumeAttachedError,
  WouldShrinkError,
} from '@flotilla/core/errors'
import { parseId } from '@flotilla/core/identity/ids'
import { builder } from '../builder.ts'
import { host } from '../hosts/host.ts'
import { listedOf } from '../hosts/listed-of.ts'
import { existing } from '../identity/existing.ts'
import { loadNode } from '../identity/load-node.ts'
import { operation } from '../operations/operation.ts'
import { placementDecision } from '../placement/placement-decision.ts'
import { snapshot } from '../snapshots/snapshot.ts'
import { volume } from '../volumes/volume.ts'

export const errorCode = builder.enumType('ErrorCode', {
  description: 'Why a mutation was refused, for programs.',
  values: {
    INVALID_INPUT: { description: 'The input breaks a rule; see the issues.' },
    INVALID_STATE: { description: 'The object is not in a state that allows this.' },
    NOT_FOUND: { description: 'There is no object with this id.' },
    NAME_TAKEN: { description: 'Another object has this name.' },
    IDEMPOTENCY_CONFLICT: { description: 'The idempotency key was used before with another input.' },
    REVISION_CONFLICT: { description: 'The object has changed since it was read.' },
    NO_FEASIBLE_CLUSTER: { description: 'No cluster qualifies; the decision says why for each.' },
    WOULD_SHRINK: { description: 'A smaller size cuts off data; it has to be asked for with `force`.' },
    HAS_DEPENDENTS: { description: 'It has snapshots; `cascade` lets them go with it.' },
    VOLUME_ATTACHED: { description: 'Hosts have the volume; see which.' },
    HOST_ATTACHED: { description: 'Volumes are attached to the host; see which.' },
    TOO_MANY_ITEMS: { description: 'More volumes are meant than `maxItems` allows.' },
    OVERLOADED: {
      description: 'Too many requests wait, or this one has waited too long; the same may be sent again.',
    },
  },
})

const error = builder.interfaceRef<DomainError>('Error').implement({
  description:
    'A refusal that was to be expected. Every member of a result that is no success implements it.',
  fields: (t) => ({
    code: t.expose('code', { type: errorCode, description: 'The cause, for programs.' }),
    message: t.exposeString('message', { description: 'The cause, for people.' }),
    path: t.exposeStringList('path', {
      description: 'Where in the arguments the cause stands; empty when no field is to blame.',
    }),
  }),
})

const inputIssue = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One fault of an input.',
  fields: (t) => ({
    path: t.exposeStringList('path', { description: 'Where in the arguments it stands.' }),
    message: t.exposeString('message', { description: 'What is wrong.' }),
    allowed: t.exposeString('allowed', { description: 'What would be accepted.' }),
  }),
})

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input breaks rules; every fault is listed, not only the first.',
  interfaces: [error],
  fields: (t) => ({
    issues: t.expose('issues', {
      type: [inputIssue],
      description: 'All faults of the input.',
      // They come instead of what was asked for, and are no more than the input has fields.
      complexity: { field: 1, multiplier: 0 },
    }),
  }),
})

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'There is no object with the id that `path` points to.',
  interfaces: [error],
})

builder.objectType(InvalidStateError, {
  name: 'InvalidStateError',
  description: 'The object is not in a state that allows this.',
  interfaces: [error],
})

builder.objectType(NameTakenError, {
  name: 'NameTakenError',
  description: 'Another object has this name.',
  interfaces: [error],
  fields: (t) => ({
    takenBy: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'The object that has it; null when it has gone meanwhile.',
      resolve: ({ takenBy }, _args, { loaders }) => loadNode(takenBy, loaders),
    }),
  }),
})

builder.objectType(IdempotencyConflictError, {
  name: 'IdempotencyConflictError',
  description: 'The idempotency key was used before with another input.',
  interfaces: [error],
  fields: (t) => ({
    originalOperation: t.field({
      type: operation,
      nullable: true,
      description: 'The operation that the key stands for; null when it is no longer on record.',
      resolve: ({ operationId }, _args, { loaders }) => {
        const id = parseId('Operation', operationId)
        return id && loaders.operation.load(id)
      },
    }),
  }),
})

builder.objectType(RevisionConflictError, {
  name: 'RevisionConflictError',
  description: 'The object has changed since it was read.',
  interfaces: [error],
  fields: (t) => ({
    currentRevision: t.exposeInt('currentRevision', { description: 'The revision it has now.' }),
  }),
})

builder.objectType(NoFeasibleClusterError, {
  name: 'NoFeasibleClusterError',
  description: 'No cluster qualifies for the request.',
  interfaces: [error],
  fields: (t) => ({
    decision: t.expose('decision', {
      type: placementDecision,
      description: 'The recorded decision: for each cluster why not, with the figures used.',
    }),
  }),
})

builder.objectType(HasDependentsError, {
  name: 'HasDependentsError',
  description: 'What is to be deleted has snapshots, and `cascade` does not say that they may go with it.',
  interfaces: [error],
  fields: (t) => ({
    snapshots: t.field({
      type: [snapshot],
      description: 'Its snapshots. With `cascade` they go with it.',
      resolve: ({ snapshotIds }, _args, { loaders }) =>
        Promise.all(snapshotIds.map((id) => existing(loaders.snapshot.load(id), id))),
    }),
    clones: t.field({
      type: [volume],
      description: 'Volumes that were made from them. They stay, and the snapshots linger under them.',
      resolve: ({ cloneIds }, _args, { loaders }) =>
        Promise.all(cloneIds.map((id) => existing(loaders.volume.load(id), id))),
    }),
    foreignSnapshotCount: t.exposeInt('foreignSnapshotCount', {
      description:
        'Snapshots of it on its cluster that were not taken here. They are never deleted by Flotilla: with `cascade` they stay there.',
    }),
  }),
})

builder.objectType(VolumeAttachedError, {
  name: 'VolumeAttachedError',
  description: 'Hosts have the volume, and what was asked for would take it from under them.',
  interfaces: [error],
  fields: (t) => ({
    hosts: t.field({
      type: [host],
      description: 'The hosts that are in the way.',
      resolve: ({ hostIds }, _args, { loaders }) =>
        Promise.all(hostIds.map((id) => existing(loaders.host.load(id), id))),
    }),
    foreignHostNqns: t.stringList({
      description:
        'NQNs of hosts that are in the way because the cluster of the volume was last seen to admit them, though they are not attached here.',
      resolve: ({ foreignNqns }) => listedOf(foreignNqns),
    }),
    admitsAnyHost: t.boolean({
      description: 'Whether the cluster of the volume was last seen to admit every host to it.',
      resolve: ({ foreignNqns }) => foreignNqns === 'ANY',
    }),
  }),
})

builder.objectType(HostAttachedError, {
  name: 'HostAttachedError',
  description: 'Volumes are attached to the host; they have to be detached first.',
  interfaces: [error],
  fields: (t) => ({
    volumes: t.field({
      type: [volume],
      description: 'The volumes, at most 100 of them.',
      resolve: ({ volumeIds }, _args, { loaders }) =>
        Promise.all(volumeIds.map((id) => existing(loaders.volume.load(id), id))),
    }),
    volumeCount: t.exposeInt('volumeCount', { description: 'How many volumes are attached.' }),
  }),
})

builder.objectType(WouldShrinkError, {
  name: 'WouldShrinkError',
  description:
    'A smaller size was asked for without `force`. What is stored beyond it would be lost for good, so `force: true` has to say that this is meant.',
  interfaces: [error],
  fields: (t) => ({
    presentSizeBytes: t.expose('presentSizeBytes', {
      type: 'Bytes',
      description: 'Logical size that it has now, in bytes.',
    }),
    lostBytes: t.expose('lostBytes', {
      type: 'Bytes',
      description: 'How much would be cut off its end, in bytes.',
    }),
  }),
})

builder.objectType(OverloadedError, {
  name: 'OverloadedError',
  description:
    'Too many requests wait, or this one has waited too long. Nothing was stored; the same request may be sent again.',
  interfaces: [error],
  fields: (t) => ({
    retryAfterMs: t.exposeInt('retryAfterMs', {
      description: 'After how many milliseconds to send it again.',
    }),
  }),
})

builder.objectType(TooManyItemsError, {
  name: 'TooManyItemsError',
  description: 'More volumes are meant than `maxItems` allows, so nothing was done to any of them.',
  interfaces: [error],
  fields: (t) => ({
    itemCount: t.exposeInt('itemCount', { description: 'How many are meant.' }),
    maxItems: t.exposeInt('maxItems', { description: 'How many were allowed.' }),
  }),
})
