/**
 * What clients ask for: when requests arrive, which model they name, how long they are; and the
 * figures of what came of them. Pure: the same seed gives the same requests, and nothing here sends
 * any.
 */
@NullMarked
package org.dlora.workload;

import org.jspecify.annotations.NullMarked;
