import { type InputIssue, InvalidInputError } from '../errors.ts'

/** Collects every fault of one mutation's input, so that the caller is told all of them at once. */
export class InputIssues {
  readonly #issues: InputIssue[] = []

  /** Notes a fault of `input.<field>`, or of the input as a whole when it names none, unless `holds`. */
  require(holds: boolean, field: string, message: string, allowed: string): void {
    if (!holds) this.#issues.push({ path: ['input', ...field.split('.').filter(Boolean)], message, allowed })
  }

  throwIfAny(): void {
    const [first, ...rest] = this.#issues
    if (first) throw new InvalidInputError([first, ...rest])
  }
}
