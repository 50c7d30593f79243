import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useMutation } from 'urql'
import { describeFailure } from '../graphql/describe-failure.ts'
import { fieldErrors } from '../graphql/field-errors.ts'
import { useIdempotencyKey } from '../graphql/idempotency-key.ts'
import styles from '../shell/dialog.module.css'
import { Dialog } from '../shell/dialog.tsx'
import { DialogActions } from '../shell/dialog-actions.tsx'
import { FormProblem } from '../shell/form-problem.tsx'
import {
  type CreateVolumeValues,
  EMPTY_VALUES,
  fieldOfPath,
  toInput,
  VALIDATE,
} from './create-volume-form.ts'
import type { Decision } from './decision-fields.ts'
import { DecisionTable } from './decision-table.tsx'
import { SizeInput } from './size-input.tsx'
import { CreateVolumeDocument } from './volume-documents.ts'
import type { Volume } from './volume-fields.ts'
import { VolumeProgress } from './volume-progress.tsx'

interface Created {
  readonly volume: Volume
  readonly decision: Decision
}

/** Creates a volume, then stays to show where it went, why, and how far it is. */
export function CreateVolumeDialog({ onClose }: { readonly onClose: () => void }) {
  const [created, setCreated] = useState<Created | null>(null)
  return (
    <Dialog
      onClose={onClose}
      title={created ? `Volume ${created.volume.name}` : 'Create a volume'}
      size={created ? 'wide' : 'normal'}
    >
      {created ? (
        <Placed {...created} onClose={onClose} />
      ) : (
        <CreateForm onClose={onClose} onCreated={setCreated} />
      )}
    </Dialog>
  )
}

function Placed({ volume, decision, onClose }: Created & { readonly onClose: () => void }) {
  return (
    <div className={styles.form}>
      <VolumeProgress id={volume.id} />
      <DecisionTable decision={decision} />
      <DialogActions>
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/volumes/$id" params={{ id: volume.id }} {...props} />}
        >
          Open the volume
        </Button>
        <Button onClick={onClose}>Done</Button>
      </DialogActions>
    </div>
  )
}

interface CreateFormProps {
  readonly onClose: () => void
  readonly onCreated: (created: Created) => void
}

function CreateForm({ onClose, onCreated }: CreateFormProps) {
  const form = useForm({ initialValues: EMPTY_VALUES, validate: VALIDATE, validateInputOnBlur: true })
  const [{ fetching }, create] = useMutation(CreateVolumeDocument)
  const [problem, setProblem] = useState<string | null>(null)
  const [refusal, setRefusal] = useState<Decision | null>(null)
  const idempotency = useIdempotencyKey()

  async function submit(values: CreateVolumeValues) {
    const input = toInput(values)
    setProblem(null)
    setRefusal(null)
    const { data, error } = await create({ input: { ...input, idempotencyKey: idempotency.keyFor(input) } })
    if (error || !data) return setProblem(error ? describeFailure(error) : null)
    idempotency.renew()
    const result = data.createVolume
    switch (result.__typename) {
      case 'CreateVolumePayload':
        return onCreated(result)
      case 'InvalidInputError': {
        const { form: rest, ...errors } = fieldErrors(result.issues, fieldOfPath)
        form.setErrors(errors)
        return setProblem(rest ?? null)
      }
      case 'NameTakenError':
        return form.setErrors({ name: result.message })
      case 'NoFeasibleClusterError':
        setRefusal(result.decision)
        return setProblem('No cluster qualifies for this volume. Each one and its reason:')
      default:
        return setProblem(result.message)
    }
  }

  return (
    <form className={styles.form} onSubmit={form.onSubmit(submit)} noValidate>
      <TextInput label="Name" required data-autofocus autoComplete="off" {...form.getInputProps('name')} />
      <SizeInput label="Size" size={form.getInputProps('size')} unit={form.getInputProps('unit')} />
      <NativeSelect
        label="Replicas"
        data={[{ value: '', label: 'As the policy says' }, '1', '2', '3']}
        {...form.getInputProps('replicas')}
      />
      <FormProblem problem={problem} />
      {refusal && <DecisionTable decision={refusal} />}
      <DialogActions>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={fetching}>
          Create
        </Button>
      </DialogActions>
    </form>
  )
}
