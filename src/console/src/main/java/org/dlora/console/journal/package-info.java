/**
 * Pages of what happened: changes of the cluster and administrative actions, the log of the
 * process, and a bundle for diagnosis. Nothing secret may leave through them ({@link
 * org.dlora.console.journal.Redaction}).
 */
@NullMarked
package org.dlora.console.journal;

import org.jspecify.annotations.NullMarked;
