/**
 * The requests of clients: when they arrive, which model they name, how long they are. Also the
 * figures of their outcomes. The package is pure: the same seed gives the same requests, and
 * nothing here sends any.
 */
@NullMarked
package org.dlora.workload;

import org.jspecify.annotations.NullMarked;
