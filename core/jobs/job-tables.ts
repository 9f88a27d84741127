const NAMES = /^(bam|job|job_common|job_dependency|queue|queue_stats(_.*)?|schedule|subscription|version|warning)$/;

/**
 * Whether a table belongs to the job queue, which keeps them beside Parley's own in the same schema. Their contents mean
 * something to the installation that wrote them only: whoever copies a database leaves them out, and they are made anew
 * at the start.
 */
export function isJobTable(name: string): boolean {
  return NAMES.test(name);
}
