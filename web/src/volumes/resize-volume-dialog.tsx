import { Button } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { useMutation } from 'urql'
import { formatBytes, parseBytes } from '../format/format-bytes.ts'
import { parseSize, type SizeUnit, splitSize } from '../format/parse-size.ts'
import { describeFailure } from '../graphql/describe-failure.ts'
import { fieldErrors } from '../graphql/field-errors.ts'
import { useIdempotencyKey } from '../graphql/idempotency-key.ts'
import styles from '../shell/dialog.module.css'
import { Dialog } from '../shell/dialog.tsx'
import { DialogActions } from '../shell/dialog-actions.tsx'
import { FormProblem } from '../shell/form-problem.tsx'
import type { Decision } from './decision-fields.ts'
import { DecisionTable } from './decision-table.tsx'
import { SizeInput } from './size-input.tsx'
import { ResizeVolumeDocument } from './volume-documents.ts'
import type { Volume } from './volume-fields.ts'

interface ResizeVolumeDialogProps {
  readonly volume: Volume
  readonly onClose: () => void
}

interface ResizeValues {
  readonly size: string
  readonly unit: SizeUnit
}

/** Grows a volume; closes once that is promised, the page then shows how far it is. */
export function ResizeVolumeDialog({ volume, onClose }: ResizeVolumeDialogProps) {
  const presentBytes = parseBytes(volume.sizeBytes)
  const { text, unit } = splitSize(presentBytes)
  const form = useForm<ResizeValues>({
    initialValues: { size: text, unit },
    validate: {
      size: (size, values) =>
        (parseSize(size, values.unit) ?? 0n) > presentBytes ? null : `More than ${formatBytes(presentBytes)}`,
    },
  })
  const [{ fetching }, resize] = useMutation(ResizeVolumeDocument)
  const [problem, setProblem] = useState<string | null>(null)
  const [refusal, setRefusal] = useState<Decision | null>(null)
  const idempotency = useIdempotencyKey()

  async function submit(values: ResizeValues) {
    const input = {
      id: volume.id,
      sizeBytes: String(parseSize(values.size, values.unit)),
      expectedRevision: volume.revision,
    }
    setRefusal(null)
    const { data, error } = await resize({ input: { ...input, idempotencyKey: idempotency.keyFor(input) } })
    if (error || !data) return setProblem(error ? describeFailure(error) : null)
    idempotency.renew()
    const result = data.resizeVolume
    if (result.__typename === 'ResizeVolumePayload') return onClose()
    if (result.__typename === 'InvalidInputError') {
      const { form: rest, ...errors } = fieldErrors(result.issues, (path) =>
        path === 'sizeBytes' ? 'size' : undefined,
      )
      form.setErrors(errors)
      return setProblem(rest ?? null)
    }
    if (result.__typename !== 'NoFeasibleClusterError') return setProblem(result.message)
    setRefusal(result.decision)
    setProblem('Its cluster cannot hold that much:')
  }

  return (
    <Dialog onClose={onClose} title={`Resize ${volume.name}`}>
      <form className={styles.form} onSubmit={form.onSubmit(submit)} noValidate>
        <p>It has {formatBytes(presentBytes)} now. A volume can grow, not shrink.</p>
        <SizeInput label="New size" size={form.getInputProps('size')} unit={form.getInputProps('unit')} />
        <FormProblem problem={problem} />
        {refusal && <DecisionTable decision={refusal} />}
        <DialogActions>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={fetching}>
            Resize
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
