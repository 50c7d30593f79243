import { Link } from '@tanstack/react-router'
import { PageHeading } from './page-heading.tsx'

/** For an address that names no page. */
export function NotFoundPage() {
  return (
    <>
      <PageHeading title="No such page" summary="This address does not lead anywhere." />
      <Link to="/">Go to the fleet</Link>
    </>
  )
}
