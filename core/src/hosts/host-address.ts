const IPV4 = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/
const IPV6_CHARACTERS = /^[0-9a-f:.]+$/i

/** More does not fit into a cluster's list of one volume (lightos-api.md section 4). */
export const MAX_ADDRESSES = 16

export function isHostAddress(text: string): boolean {
  if (IPV4.test(text)) return true
  return text.includes(':') && IPV6_CHARACTERS.test(text) && URL.canParse(`http://[${text}]/`)
}
