import { Button, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { useMutation } from 'urql'
import { describeFailure } from '../graphql/describe-failure.ts'
import { fieldErrors } from '../graphql/field-errors.ts'
import { useIdempotencyKey } from '../graphql/idempotency-key.ts'
import { OperationOutcome } from '../operations/operation-outcome.tsx'
import styles from '../shell/dialog.module.css'
import { Dialog } from '../shell/dialog.tsx'
import { DialogActions } from '../shell/dialog-actions.tsx'
import { FormProblem } from '../shell/form-problem.tsx'
import { RegisterClusterDocument } from './register-cluster-document.ts'
import {
  EMPTY_VALUES,
  fieldOfPath,
  type RegisterClusterValues,
  toInput,
  VALIDATE,
} from './register-cluster-form.ts'

const TLS_MODES = [
  { value: 'SYSTEM', label: "System's certificate authorities" },
  { value: 'CA', label: 'Own certificate authority' },
  { value: 'PINNED', label: 'Pinned certificate' },
]

/** Registers a cluster, then stays to say whether it could be reached. */
export function RegisterClusterDialog({ onClose }: { readonly onClose: () => void }) {
  const [registered, setRegistered] = useState<{ name: string; operationId: string } | null>(null)
  return (
    <Dialog onClose={onClose} title="Register a cluster">
      {registered ? (
        <div className={styles.form}>
          <p>
            <strong>{registered.name}</strong> is registered. First contact:
          </p>
          <OperationOutcome
            id={registered.operationId}
            success="The cluster answered; its figures are in the table."
          />
          <DialogActions>
            <Button onClick={onClose}>Done</Button>
          </DialogActions>
        </div>
      ) : (
        <RegisterForm
          onClose={onClose}
          onRegistered={(name, operationId) => setRegistered({ name, operationId })}
        />
      )}
    </Dialog>
  )
}

interface RegisterFormProps {
  readonly onClose: () => void
  readonly onRegistered: (name: string, operationId: string) => void
}

function RegisterForm({ onClose, onRegistered }: RegisterFormProps) {
  const form = useForm({ initialValues: EMPTY_VALUES, validate: VALIDATE, validateInputOnBlur: true })
  const [{ fetching }, register] = useMutation(RegisterClusterDocument)
  const [problem, setProblem] = useState<string | null>(null)
  const idempotency = useIdempotencyKey()
  const { tlsMode } = form.values

  async function submit(values: RegisterClusterValues) {
    const input = toInput(values)
    const { data, error } = await register({ input: { ...input, idempotencyKey: idempotency.keyFor(input) } })
    if (error || !data) return setProblem(error ? describeFailure(error) : null)
    idempotency.renew()
    const result = data.registerCluster
    if (result.__typename === 'RegisterClusterPayload')
      return onRegistered(result.cluster.name, result.operation.id)
    if (result.__typename === 'InvalidInputError') {
      const { form: rest, ...errors } = fieldErrors(result.issues, fieldOfPath)
      form.setErrors(errors)
      return setProblem(rest ?? null)
    }
    if (result.__typename === 'NameTakenError') return form.setErrors({ name: result.message })
    setProblem(result.message)
  }

  return (
    <form className={styles.form} onSubmit={form.onSubmit(submit)} noValidate>
      <FormProblem problem={problem} />
      <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
      <Textarea
        label="Endpoints"
        description="The cluster's API addresses, one a line"
        placeholder="https://10.0.0.1:443"
        required
        autosize
        minRows={2}
        {...form.getInputProps('endpoints')}
      />
      <NativeSelect label="Trust its certificate by" data={TLS_MODES} {...form.getInputProps('tlsMode')} />
      {tlsMode === 'CA' && (
        <Textarea
          label="CA certificate"
          description="PEM"
          required
          autosize
          minRows={3}
          maxRows={8}
          {...form.getInputProps('caCertificatePem')}
        />
      )}
      {tlsMode === 'PINNED' && (
        <TextInput
          label="Certificate's SHA-256"
          description="As openssl x509 -noout -fingerprint -sha256 prints it"
          required
          {...form.getInputProps('certificateSha256')}
        />
      )}
      <PasswordInput
        label="Token"
        description="Kept encrypted"
        required
        autoComplete="off"
        {...form.getInputProps('token')}
      />
      <TextInput label="Labels" placeholder="site=fra1, tier=gold" {...form.getInputProps('labels')} />
      <DialogActions>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={fetching}>
          Register
        </Button>
      </DialogActions>
    </form>
  )
}
