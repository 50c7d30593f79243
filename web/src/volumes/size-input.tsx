import { NativeSelect, TextInput, type TextInputProps } from '@mantine/core'
import type { ComponentProps } from 'react'
import { SIZE_UNITS } from '../format/parse-size.ts'
import styles from '../shell/dialog.module.css'

interface SizeInputProps {
  readonly label: string
  readonly size: Omit<TextInputProps, 'label'>
  readonly unit: ComponentProps<typeof NativeSelect>
}

/** A size as number and unit; units are base 2. */
export function SizeInput({ label, size, unit }: SizeInputProps) {
  return (
    <div className={styles.pair}>
      <TextInput label={label} inputMode="decimal" required {...size} />
      <NativeSelect label="Unit" data={[...SIZE_UNITS]} {...unit} />
    </div>
  )
}
