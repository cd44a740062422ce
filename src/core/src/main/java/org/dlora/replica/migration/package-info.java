/**
 * Migration of a request between two replicas as a protocol over values (dLoRA, section 5.2;
 * Llumnix, Sun et al. 2024, "live migration"). It sees neither threads nor replicas, so a server, a
 * simulation and a test drive the same state machine.
 */
@NullMarked
package org.dlora.replica.migration;

import org.jspecify.annotations.NullMarked;
