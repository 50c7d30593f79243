import type { Operation } from './operation-fields.ts'

export const OPERATION_KIND_WORDS: Record<Operation['kind'], string> = {
  REGISTER_CLUSTER: 'Register cluster',
  UPDATE_CLUSTER: 'Change cluster',
  DETACH_CLUSTER: 'Detach cluster',
  REFRESH_CLUSTER: 'Refresh cluster',
  DRAIN_CLUSTER: 'Drain cluster',
  CREATE_VOLUME: 'Create volume',
  RESIZE_VOLUME: 'Resize volume',
  UPDATE_VOLUME: 'Update volume',
  RESTORE_VOLUME: 'Restore volume',
  DELETE_VOLUME: 'Delete volume',
  CREATE_SNAPSHOT: 'Take snapshot',
  ATTACH_VOLUME: 'Attach volume',
  DETACH_VOLUME: 'Detach volume',
  DELETE_SNAPSHOT: 'Delete snapshot',
  CREATE_SNAPSHOT_SCHEDULE: 'Schedule snapshots',
  UPDATE_SNAPSHOT_SCHEDULE: 'Change schedule',
  DELETE_SNAPSHOT_SCHEDULE: 'Delete schedule',
  REGISTER_HOST: 'Register host',
  UPDATE_HOST: 'Change host',
  DELETE_HOST: 'Delete host',
  CREATE_POLICY: 'Create policy',
  UPDATE_POLICY: 'Change policy',
  DELETE_POLICY: 'Delete policy',
  SET_SHADOW_POLICY: 'Set shadow policy',
  ROTATE_SERVICE_KEY: 'Rotate service key',
  RETIRE_SERVICE_KEY: 'Retire service key',
  ADOPT_VOLUMES: 'Adopt volumes',
  ADOPT_VOLUME: 'Adopt volume',
  IGNORE_FINDING: 'Ignore finding',
  REVERT_VOLUME: 'Put volume back',
  RECREATE_VOLUME: 'Recreate volume',
  FORGET_VOLUME: 'Forget volume',
  CANCEL_OPERATION: 'Cancel operation',
  CREATE_VOLUMES: 'Create volumes',
  UPDATE_VOLUMES: 'Update volumes',
  DELETE_VOLUMES: 'Delete volumes',
  ATTACH_VOLUMES: 'Attach volumes',
  DETACH_VOLUMES: 'Detach volumes',
  CREATE_SNAPSHOTS: 'Take snapshots',
}

export const OPERATION_STATE_WORDS: Record<Operation['state'], string> = {
  PENDING: 'Waiting',
  RUNNING: 'Running',
  SUCCEEDED: 'Succeeded',
  PARTIAL: 'Partly done',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
}

const ERROR_HEADINGS: Record<string, string> = {
  DNS: 'The host name could not be resolved',
  CONNECT: 'No connection could be made',
  TIMEOUT: 'No answer in time',
  TLS: 'The certificate was not accepted',
  UNAUTHORIZED: 'The token was not accepted',
  UNSUPPORTED_VERSION: "The cluster's version is not supported",
  DUPLICATE_CLUSTER: 'This cluster is already registered',
  NO_SPACE: 'The cluster has no space for it',
}

/** What failed, as a short sentence; codes that are newer than this page are shown as they are. */
export function errorHeading(code: string): string {
  return ERROR_HEADINGS[code] ?? code.toLowerCase().replaceAll('_', ' ')
}

export function isFinished(state: Operation['state']): boolean {
  return state !== 'PENDING' && state !== 'RUNNING'
}
