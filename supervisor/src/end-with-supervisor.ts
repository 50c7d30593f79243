/**
 * Loaded into every process that the supervisor starts, before its own code: when the supervisor is gone, even by
 * SIGKILL, the channel to it closes and the process ends. At once and for certain: an orderly exit was once seen to hang,
 * and everything here survives being killed. It does not keep a process alive that is done.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.channel?.unref()
