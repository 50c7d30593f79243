/** The product's mark: three sails on one waterline. */
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d="M2 17h6V8zM9 17h6V4zM16 17h6V8z" fill="var(--accent)" />
      <path d="M1 20.5h22" stroke="var(--accent)" strokeWidth="1.75" />
    </svg>
  )
}
