import { notifications } from '@mantine/notifications'

/** Says that something a person asked for did not happen, and why. Stays until closed. */
export function notifyFailure(title: string, message: string): void {
  notifications.show({ title, message, color: 'red', autoClose: false, withBorder: true, role: 'alert' })
}
