import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'

/**
 * Prisma's adapter for PostgreSQL (7.10.0) with what its schema engine needs put right: scripts are sent whole
 * (it cuts them at every semicolon, also inside functions), and columns of the catalogue's internal type "char" are understood.
 * The database serves as its own shadow database. End the pool after use.
 */
export function makeSchemaEngineAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const charColumns = declareCharAsText(pool)
  const factory = new PrismaPg(pool)
  const connect = async () => adjust(await factory.connect(), pool, charColumns)
  return { provider: factory.provider, adapterName: factory.adapterName, connect, connectToShadowDb: connect }
}

/** Which columns of a result, known by its array of rows, are of type "char". */
type CharColumns = WeakMap<object, number[]>

/** The adapter throws at a type that it does not know, so it is shown another; the engine then gets the true one. */
function declareCharAsText(pool: pg.Pool): CharColumns {
  const charColumns: CharColumns = new WeakMap()
  const query = pool.query.bind(pool)
  const declaring = async (statement: pg.QueryArrayConfig) => {
    const result = await query(statement)
    const isChar = (field: pg.FieldDef) => field.dataTypeID === pg.types.builtins.CHAR
    charColumns.set(
      result.rows,
      result.fields.flatMap((field, index) => (isChar(field) ? [index] : [])),
    )
    for (const field of result.fields.filter(isChar)) field.dataTypeID = pg.types.builtins.TEXT
    return result
  }
  Object.assign(pool, { query: declaring })
  return charColumns
}

function adjust(adapter: SqlDriverAdapter, pool: pg.Pool, charColumns: CharColumns): SqlDriverAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter)
  return Object.assign(adapter, {
    queryRaw: async (query: Parameters<typeof queryRaw>[0]) => {
      const result = await queryRaw(query)
      for (const index of charColumns.get(result.rows) ?? [])
        result.columnTypes[index] = ColumnTypeEnum.Character
      return result
    },
    executeScript: async (script: string) => {
      const client = await pool.connect()
      try {
        await client.query(`${script}\n;${recordFinished}`)
      } catch (error) {
        throw error instanceof pg.DatabaseError ? toAdapterError(error) : error
      } finally {
        client.release()
      }
    },
  })
}

/**
 * Follows each script, so that a migration and the record of its end are one transaction: the statements of one
 * query are. A shadow database has no such record.
 */
const recordFinished = `DO $$ BEGIN
  IF to_regclass('_prisma_migrations') IS NOT NULL THEN
    UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL;
  END IF;
END $$`

/** Only an error in this form reaches the engine's message and the migration's log in the database. */
function toAdapterError({
  code,
  severity,
  message,
  detail,
  column,
  hint,
}: pg.DatabaseError): DriverAdapterError {
  return new DriverAdapterError({
    kind: 'postgres',
    code: code ?? 'XX000',
    severity: severity ?? 'ERROR',
    message,
    detail,
    column,
    hint,
  })
}
