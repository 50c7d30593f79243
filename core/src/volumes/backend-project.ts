/**
 * The project on each cluster that holds our volumes; every cluster has it from its installation. Tenants are kept apart
 * here, by our own records, and their names cannot meet there because backend names are unique.
 */
export const BACKEND_PROJECT = 'default'
