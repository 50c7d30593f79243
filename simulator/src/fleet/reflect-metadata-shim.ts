/**
 * `@peculiar/x509` pulls in a dependency-injection library that refuses to load without the metadata functions of
 * the decorators proposal, though nothing that we use stores metadata. Import this before it.
 */
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    getMetadata: () => undefined,
    getOwnMetadata: () => undefined,
    defineMetadata: () => undefined,
  })
}
