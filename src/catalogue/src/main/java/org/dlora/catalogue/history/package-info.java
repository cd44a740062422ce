/**
 * The history of a server as it is read: ended requests, their sums, changes of the cluster and the
 * audit. What keeps it implements {@link History}.
 */
@NullMarked
package org.dlora.catalogue.history;

import org.jspecify.annotations.NullMarked;
