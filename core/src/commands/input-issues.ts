import { type InputIssue, InvalidInputError } from '../errors.ts'

/** Collects every fault of one mutation's input, so that the caller is told all of them at once. */
export class InputIssues {
  readonly #issues: InputIssue[] = []

  /** Notes a fault of `input.<field>`, or of the input as a whole when it names none, unless `holds`. */
  require(holds: boolean, field: string, message: string, allowed: string): void {
    if (!holds) this.add({ path: field.split('.').filter(Boolean), message, allowed })
  }

  /** Notes a fault that was found within the input, under its path there. */
  add({ path, message, allowed }: InputIssue): void {
    this.#issues.push({ path: ['input', ...path], message, allowed })
  }

  throwIfAny(): void {
    const [first, ...rest] = this.#issues
    if (first) throw new InvalidInputError([first, ...rest])
  }
}
