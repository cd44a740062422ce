/**
 * Rebalancing plans by a solver of mixed-integer programs. The library is seen in this package
 * only; problem and plan are values of {@link org.dlora.scheduling.rebalance}.
 */
@NullMarked
package org.dlora.cluster.rebalance;

import org.jspecify.annotations.NullMarked;
