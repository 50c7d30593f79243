import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core'
import { CircleUserRound, LogOut } from 'lucide-react'
import { useQuery } from 'urql'
import { useSession, ViewerDocument } from '../session/session-context.ts'

const SCHEMES: Record<MantineColorScheme, string> = { auto: 'As the system', light: 'Light', dark: 'Dark' }

/** Who is signed in, the colour scheme, and the way out. */
export function AccountMenu() {
  const { signOut } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const [{ data }] = useQuery({ query: ViewerDocument })
  const viewer = data?.viewer

  return (
    <Menu position="bottom-end" width={220} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account and appearance" m="auto 0">
          <CircleUserRound size={19} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {viewer && (
          <Menu.Label>
            {viewer.name} · {viewer.role.toLowerCase()}
          </Menu.Label>
        )}
        <Menu.Divider />
        <Menu.Label>Appearance</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(readScheme(value))}>
          {Object.entries(SCHEMES).map(([value, label]) => (
            <Menu.RadioItem key={value} value={value}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={15} aria-hidden="true" />} onClick={signOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function readScheme(value: string): MantineColorScheme {
  return value === 'light' || value === 'dark' ? value : 'auto'
}
