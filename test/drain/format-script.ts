import { COPYING_HOST_ID, NEW_BACKEND_ID, NEW_VOLUME_ID } from '@flotilla/core/moves/move-steps'
import type { Plan, PlannedMove, PlannedStep } from './read-plan.ts'

const PLACEHOLDERS = [COPYING_HOST_ID, NEW_VOLUME_ID, NEW_BACKEND_ID]

/**
 * A plan as a script for bash: a function for each move, and a word to say which of them to carry out. What a move has done
 * is noted beside the script, by the plan that it belongs to, so that one that was interrupted goes on where it was, and a
 * later plan in a file of the same name begins anew.
 *
 * @param hostId the host that copies; null when whoever runs the script says so
 */
export function formatScript(plan: Plan, hostId: string | null): string {
  return [head(plan, hostId), ...plan.moves.map((move) => formatMove(plan, move)), tail(plan)].join('\n')
}

function head({ clusterName, clusterId, seenAt, isPartial, moves }: Plan, hostId: string | null): string {
  return `#!/usr/bin/env bash
${comment(`Empties the cluster ${clusterName} (${clusterId}): ${moves.length} moves, as the fleet was ${seenAt}.`)}
${isPartial ? '# The cluster holds more volumes than one plan looks at: ask for another one after these.\n' : ''}# Read it first. Run it as root on the host that copies:
#   FLOTILLA_URL=http://flotilla:4000 FLOTILLA_TOKEN_FILE=token bash THIS_FILE list|all|NUMBER...
# The token needs the role OPERATOR. The drain has to go on by then (startDrain), or the new volumes might come to be on the
# old cluster. A move that is blocked is left alone unless ANYWAY=1 is set.
set -euo pipefail

${COPYING_HOST_ID}=\${${COPYING_HOST_ID}:-${hostId ?? ''}}
${NEW_VOLUME_ID}=
${NEW_BACKEND_ID}=
DONE_FILE=$0.done

fail() { echo "$*" >&2; exit 1; }

# ask BODY: leaves what Flotilla answers in ANSWER
ask() {
  local body=$1 name
  for name in ${PLACEHOLDERS.join(' ')}; do body=\${body//$name/\${!name}}; done
  ANSWER=$(curl -sS --fail-with-body -X POST "$FLOTILLA_URL/graphql" -H 'content-type: application/json' \\
    -H "authorization: Bearer $(cat "$FLOTILLA_TOKEN_FILE")" -d "$body") || fail "$ANSWER"
  case $ANSWER in *'"errors":'* | *'"__typename":"'*'Error"'*) fail "$ANSWER" ;; esac
}

# field NAME: the value of that name in ANSWER, which has one such
field() { sed -n "s/^.*[{,]\\"$1\\":\\"\\([^\\"]*\\)\\".*$/\\1/p" <<< "$ANSWER"; }

# until_state STATE BODY
until_state() {
  while ask "$2"; do
    case $(field state) in
      "$1") return ;;
      MISSING | FAILED | DELETED | '') fail "$ANSWER" ;;
    esac
    sleep 2
  done
}

# connect BODY: runs the commands that the answer has; those that are connected already say so
connect() {
  local tries line
  for tries in 1 2 3 4 5 6 7 8 9 10; do
    ask "$1"
    case $ANSWER in *'"nvme connect'*)
      grep -o '"nvme connect[^"]*"' <<< "$ANSWER" | tr -d '"' | while read -r line; do
        echo "+ $line"
        $line || true
      done
      return ;;
    esac
    sleep 2
  done
  fail "no way to the volume: $ANSWER"
}

# device PATH: waits until it is there
device() {
  local tries
  for tries in 1 2 3 4 5 6 7 8 9 10; do
    [ -b "$1" ] && return
    sleep 1
  done
  fail "there is no device $1"
}

todo() { ! grep -qxF "$1" "$DONE_FILE" 2> /dev/null; }
finished() { echo "$1" >> "$DONE_FILE"; }

blocked() { echo "blocked: $*" >&2; [ -n "\${ANYWAY:-}" ] || fail 'see to it, and set ANYWAY=1'; }
`
}

function formatMove({ clusterName, seenAt }: Plan, move: PlannedMove): string {
  const { number, volume, target, reasons, steps } = move
  const title = `move ${number}: ${volume.project}/${volume.name} (${volume.volumeId}, ${volume.sizeBytes} bytes)`
  const body = target
    ? [
        ...volume.blocks.map(({ explanation, remedy }) => `blocked ${shell(`${explanation}; ${remedy}`)}`),
        ...steps.flatMap((step, index) => [
          comment(`${step.kind}: ${step.summary}`),
          ...(namesNew(steps, index)
            ? [...formatCommands(step), ...keepNames(step, clusterName)]
            : onlyOnce(`${seenAt} ${volume.volumeId} ${index + 1} ${step.kind}`, formatCommands(step))),
        ]),
      ]
    : [`fail ${shell(`no cluster takes it: ${reasons.map(toText).join('; ')}`)}`]
  return `${comment(`${title}${target ? ` to ${target.clusterName}` : ''}`)}
${comment(`${volume.method}: ${volume.methodReason}`)}
move_${number}() {
  echo ${shell(title)}
${body.map((line) => `  ${line}`).join('\n')}
}
`
}

/** Whether the answer of a step names the new volume: it is carried out each time, and changes nothing a second time. */
function namesNew(steps: readonly PlannedStep[], index: number): boolean {
  return [steps[index], steps[index - 1]].some((each) => each?.kind === 'CREATE_TARGET')
}

function keepNames({ kind }: PlannedStep, clusterName: string): readonly string[] {
  if (kind !== 'CREATE_TARGET') return [`${NEW_BACKEND_ID}=$(field backendId)`]
  return [
    `${NEW_VOLUME_ID}=$(field id)`,
    `[ "$(field name)" != ${shell(clusterName)} ] || fail "$${NEW_VOLUME_ID} came to be on the old cluster"`,
  ]
}

function onlyOnce(mark: string, lines: readonly string[]): readonly string[] {
  const inside = [...lines, `finished '${mark}'`]
  return [`if todo '${mark}'; then`, ...inside.map((line) => `  ${line}`), 'fi']
}

function formatCommands({ kind, commands, until }: PlannedStep): readonly string[] {
  return commands.map((command) => formatCommand(kind, command, until))
}

function formatCommand(kind: string, command: string, until: string | null): string {
  if (!/^(mutation|query) /.test(command)) return formatShell(command)
  const body = shell(JSON.stringify({ query: command }))
  if (kind === 'CONNECT') return `connect ${body}`
  return until === null ? `ask ${body}` : `until_state ${until} ${body}`
}

/** A path is of use once it is there, and the name in it is that of the script's own variable. */
function formatShell(command: string): string {
  const isDevice = /^(SOURCE|TARGET)=/.exec(command)
  const text = command.replaceAll(NEW_BACKEND_ID, `$${NEW_BACKEND_ID}`)
  return isDevice ? `${text}; device "$${isDevice[1]}"` : text
}

function tail({ clusterId, moves }: Plan): string {
  const names = moves.map(
    ({ number, volume }) => `  echo ${shell(`${number} ${volume.project}/${volume.name} ${volume.method}`)}`,
  )
  return `list() {
${names.length > 0 ? names.join('\n') : '  echo nothing is there to be moved'}
}

[ $# -gt 0 ] || fail "which moves? allowed: list, all, or numbers from 1 to ${moves.length}"
if [ "$1" = list ]; then list; exit; fi
: "\${FLOTILLA_URL:?where Flotilla is}" "\${FLOTILLA_TOKEN_FILE:?the file with the token}"
: "\${${COPYING_HOST_ID}:?the id of this host in Flotilla; registerHost answers it}"
ask ${shell(JSON.stringify({ query: `query { cluster(id: "${clusterId}") { adminState } }` }))}
[ "$(field adminState)" != ACTIVE ] || fail 'the cluster still takes new volumes: start the drain first (startDrain)'
[ "$1" != all ] || set -- ${moves.map(({ number }) => number).join(' ') || '""'}
for number in "$@"; do
  [ -n "$number" ] || continue
  declare -F "move_$number" > /dev/null || fail "there is no move $number; allowed: 1 to ${moves.length}"
  "move_$number"
done
`
}

function toText({ clusterCount, rejection }: PlannedMove['reasons'][number]): string {
  return `${clusterCount} clusters: ${rejection.explanation}`
}

/** In one line, whatever it holds. */
function comment(text: string): string {
  return `# ${text.replaceAll(/[\s\p{Cc}]+/gu, ' ')}`
}

/** As one word of a shell, whatever it holds. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
