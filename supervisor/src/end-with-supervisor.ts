/**
 * Loaded into every process that the supervisor starts, before its own code: when the supervisor is gone, even by
 * SIGKILL, the channel to it closes and the process ends. It does not keep a process alive that is done.
 */
process.once('disconnect', () => process.exit(1))
process.channel?.unref()
