import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useMutation } from 'urql'
import { formatBytes, parseBytes } from '../format/format-bytes.ts'
import { describeFailure } from '../graphql/describe-failure.ts'
import { useIdempotencyKey } from '../graphql/idempotency-key.ts'
import styles from '../shell/dialog.module.css'
import { Dialog } from '../shell/dialog.tsx'
import { DialogActions } from '../shell/dialog-actions.tsx'
import { FormProblem } from '../shell/form-problem.tsx'
import { DeleteVolumeDocument } from './volume-documents.ts'
import type { Volume } from './volume-fields.ts'

interface DeleteVolumeDialogProps {
  readonly volume: Volume
  readonly onClose: () => void
}

/** Deletes a volume, after its name was typed. */
export function DeleteVolumeDialog({ volume, onClose }: DeleteVolumeDialogProps) {
  const [typed, setTyped] = useState('')
  const [{ fetching }, remove] = useMutation(DeleteVolumeDocument)
  const [problem, setProblem] = useState<string | null>(null)
  const idempotency = useIdempotencyKey()

  async function submit(event: FormEvent) {
    event.preventDefault()
    const input = { id: volume.id, expectedRevision: volume.revision }
    const { data, error } = await remove({ input: { ...input, idempotencyKey: idempotency.keyFor(input) } })
    if (error || !data) return setProblem(error ? describeFailure(error) : null)
    idempotency.renew()
    const result = data.deleteVolume
    if (result.__typename === 'DeleteVolumePayload') return onClose()
    setProblem(result.message)
  }

  return (
    <Dialog onClose={onClose} title={`Delete ${volume.name}`}>
      <form className={styles.form} onSubmit={submit}>
        <p>
          {formatBytes(parseBytes(volume.sizeBytes))} on {volume.cluster.name} and all data in it will be
          gone. This cannot be undone.
        </p>
        <TextInput
          label={`Type ${volume.name} to confirm`}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <FormProblem problem={problem} />
        <DialogActions>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red.9" disabled={typed !== volume.name} loading={fetching}>
            Delete
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
