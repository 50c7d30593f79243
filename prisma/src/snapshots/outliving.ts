/** SQL: the states of snapshots that would outlive their volume; what is going already goes, whatever becomes of it. */
export const OUTLIVING = `('CREATING', 'AVAILABLE', 'MISSING')`
