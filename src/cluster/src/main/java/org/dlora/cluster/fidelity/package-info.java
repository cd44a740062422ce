/**
 * Measurements of how faithfully merged weights serve an adapter. They decide which adapters a
 * replica may merge.
 */
@NullMarked
package org.dlora.cluster.fidelity;

import org.jspecify.annotations.NullMarked;
