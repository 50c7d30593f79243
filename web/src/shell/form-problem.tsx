import styles from './dialog.module.css'

/** A refusal that concerns the form as a whole. */
export function FormProblem({ problem }: { readonly problem: string | null }) {
  if (problem === null) return null
  return (
    <p role="alert" className={styles.problem}>
      {problem}
    </p>
  )
}
